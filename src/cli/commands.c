// SPDX-License-Identifier: Apache-2.0
// The one table of commands and options. Parsing, help, docs/cli.md and shell completion come from
// it.
#include "cli/cli.h"

#define END                                                                                        \
    {                                                                                              \
        NULL, 0, CLI_FLAG, NULL, false, NULL                                                       \
    }
#define JSON                                                                                       \
    {                                                                                              \
        "json", 0, CLI_FLAG, NULL, false, "Print JSON: an array of objects, times in ms UTC."      \
    }
#define LAST                                                                                       \
    {                                                                                              \
        "last", 'n', CLI_COUNT, "N", false, "Only the newest N rows."                              \
    }
#define FROM                                                                                       \
    {                                                                                              \
        "from", 0, CLI_MOMENT, "TIME", false, "Only what opened at TIME or later (UTC)."           \
    }
#define TO                                                                                         \
    {                                                                                              \
        "to", 0, CLI_MOMENT, "TIME", false, "Only what opened before TIME (UTC)."                  \
    }
#define EXCHANGE                                                                                   \
    {                                                                                              \
        "exchange", 0, CLI_TEXT, "NAME", false, "Exchange; exchange.name if not given."            \
    }
#define FOLLOW                                                                                     \
    {                                                                                              \
        "follow", 'f', CLI_FLAG, NULL, false,                                                      \
            "Go on with new rows until Ctrl-C; with --json one object a line."                     \
    }
#define PORTFOLIO                                                                                  \
    {                                                                                              \
        "portfolio", 'p', CLI_TEXT, "NAME", false, "Portfolio; \"main\" if not given."             \
    }

const struct cli_option cli_global_options[] = {
    {"config", 'c', CLI_PATH, "FILE", false,
     "Settings file instead of /etc/oracle/oracle.conf and the user's oracle/oracle.conf."},
    {"data", 'd', CLI_PATH, "DIR", false, "Folder of the database and the sockets (hub.data_dir)."},
    {"set", 's', CLI_TEXT, "SECTION.KEY=VALUE", true,
     "Sets one setting, over file and environment."},
    {"quiet", 'q', CLI_FLAG, NULL, false, "No remarks; errors are still said."},
    {"no-color", 0, CLI_FLAG, NULL, false, "No colour; NO_COLOR and TERM=dumb do the same."},
    {"help", 'h', CLI_FLAG, NULL, false, "Show help on the command."},
    {"version", 'V', CLI_FLAG, NULL, false, "Show the version."},
    END};

static const struct cli_option run_options[] = {
    {"speed", 0, CLI_NUMBER, "N", false,
     "The exchange's clock runs N times faster (practice exchange only; hub.speed)."},
    END};

// --data is the folder of recorded candles here: a practice exchange has no database.
static const struct cli_option practice_options[] = {
    {"data", 'd', CLI_PATH, "DIR", false,
     "Replay the recorded candles of DIR; else a generated market."},
    {"port", 0, CLI_NUMBER, "PORT", false,
     "Port to listen on; 0 takes a free one (practice.port)."},
    {"listen", 0, CLI_TEXT, "ADDRESS", false, "Address to listen on (practice.listen)."},
    {"speed", 0, CLI_NUMBER, "N", false, "Exchange seconds in a real second (practice.speed)."},
    {"start", 0, CLI_MOMENT, "TIME", false, "Exchange time to begin at (practice.start)."},
    {"stop-at", 0, CLI_MOMENT, "TIME", false, "Exchange time at which its clock stands still."},
    {"pairs", 0, CLI_COUNT, "N", false, "Pairs of the generated market (practice.pairs)."},
    {"seed", 0, CLI_NUMBER, "N", false,
     "Seed of the generated market and of faults (practice.seed)."},
    {"weight-limit", 0, CLI_COUNT, "N", false,
     "Request weight granted a minute (practice.weight_limit)."},
    {"fault", 0, CLI_PATH, "FILE", false, "Faults to show, as a script."},
    END};

static const struct cli_option json_options[] = {JSON, END};
static const struct cli_option candles_options[] = {
    LAST,     FROM, TO, JSON, {"csv", 0, CLI_FLAG, NULL, false, "Print CSV with a header line."},
    EXCHANGE, END};
static const struct cli_option record_options[] = {
    {"into", 0, CLI_PATH, "DIR", false, "Folder to write below; \"recorded\" if not given."},
    {"last", 'n', CLI_COUNT, "N", false, "The newest N candles; 1000 if no time is given."},
    FROM,
    TO,
    END};
static const struct cli_option range_options[] = {LAST, FROM, TO, JSON, EXCHANGE, END};
static const struct cli_option follow_options[] = {LAST, FROM, TO, FOLLOW, JSON, EXCHANGE, END};

static const struct cli_option watch_add_options[] = {
    {"strategy", 0, CLI_PATH, "FILE", true,
     "Strategy to run on the stream; may be given several times."},
    {"input", 'i', CLI_TEXT, "NAME=VALUE", true, "Input of the strategy named before it."},
    PORTFOLIO,
    EXCHANGE,
    JSON,
    END};
static const struct cli_option watch_remove_options[] = {
    {"strategy", 0, CLI_TEXT, "NAME", false, "Only this strategy; the stream is still watched."},
    PORTFOLIO,
    EXCHANGE,
    JSON,
    END};
static const struct cli_option watch_options[] = {EXCHANGE, JSON, END};
static const struct cli_option watch_list_options[] = {
    {"portfolio", 'p', CLI_TEXT, "NAME", false, "Only this portfolio's."}, JSON, END};

#define FIGURES                                                                                    \
    {"order-size",                                                                                 \
     0,                                                                                            \
     CLI_NUMBER,                                                                                   \
     "PERCENT",                                                                                    \
     false,                                                                                        \
     "Order size when a strategy names none, percent of equity (portfolio.order_size)."},          \
        {"max-exposure-pair", 0,     CLI_NUMBER,                                                   \
         "PERCENT",           false, "Most of the equity in one pair (gate.max_exposure_pair)."},  \
        {"max-exposure-total",                                                                     \
         0,                                                                                        \
         CLI_NUMBER,                                                                               \
         "PERCENT",                                                                                \
         false,                                                                                    \
         "Most of the equity in all pairs together (gate.max_exposure_portfolio)."},               \
        {"fee-bps", 0,     CLI_NUMBER,                                                             \
         "BPS",     false, "Fee of a paper fill, hundredths of a percent (paper.fee_bps)."},       \
    {                                                                                              \
        "mode", 0, CLI_TEXT, "MODE", false, "paper, the only one in this version."                 \
    }

static const struct cli_option portfolio_create_options[] = {
    {"balance", 0, CLI_TEXT, "AMOUNT", false, "Cash it begins with (paper.initial_balance)."},
    {"quote", 0, CLI_TEXT, "ASSET", false, "What its cash is counted in (hub.default_quote)."},
    FIGURES,
    JSON,
    END};
static const struct cli_option portfolio_set_options[] = {FIGURES, JSON, END};

static const struct cli_option config_options[] = {
    JSON, {"markdown", 0, CLI_FLAG, NULL, false, "Print docs/settings.md."}, END};
static const struct cli_option help_options[] = {
    {"markdown", 0, CLI_FLAG, NULL, false, "Print docs/cli.md."},
    {"man", 0, CLI_TEXT, "PAGE", false,
     "Print a manual page: oracle.1, oracle.conf.5 or oracle-strategy.7."},
    END};

#define CSV_FILE                                                                                   \
    {                                                                                              \
        "csv", 0, CLI_PATH, "FILE", true,                                                          \
            "Candles of a CSV file, plain or gzip, instead of PAIR TIMEFRAME."                     \
    }
#define INPUT                                                                                      \
    {                                                                                              \
        "input", 'i', CLI_TEXT, "NAME=VALUE", true, "Sets an input of the strategy."               \
    }
#define MARKET_OPTIONS                                                                             \
    {"timeframe", 0,     CLI_TEXT,                                                                 \
     "TF",        false, "Timeframe of a CSV file; else its shortest step says it."},              \
        {"tick-size", 0,     CLI_NUMBER,                                                           \
         "STEP",      false, "Price step of the market; of a CSV file else unknown."},             \
    {                                                                                              \
        "lot-step", 0, CLI_NUMBER, "STEP", false,                                                  \
            "Quantity step of the market; of a CSV file else unknown."                             \
    }
#define THREADS                                                                                    \
    {                                                                                              \
        "threads", 0, CLI_COUNT, "N", false, "Threads to use; all processors if not given."        \
    }
#define SERIES_OPTIONS CSV_FILE, INPUT, FROM, TO, MARKET_OPTIONS, EXCHANGE

static const struct cli_option plot_options[] = {SERIES_OPTIONS, END};
static const struct cli_option backtest_options[] = {
    SERIES_OPTIONS,
    {"capital", 0, CLI_NUMBER, "AMOUNT", false, "Initial capital instead of the strategy's own."},
    {"finer", 0, CLI_TEXT, "TF|FILE", false,
     "Fill orders along these finer candles: a timeframe of the store, or a CSV file."},
    {"trades", 0, CLI_PATH, "OUT.csv", false, "Write each closed trade as a line of CSV."},
    {"report", 0, CLI_PATH, "OUT.html", false, "Write a report with charts, one page by itself."},
    {"json", 0, CLI_FLAG, NULL, false,
     "Print JSON: one object, or an array of them for several series."},
    THREADS,
    END};

static const struct cli_option verify_options[] = {FROM, TO, JSON, EXCHANGE, END};
static const struct cli_option repair_options[] = {
    FROM,
    TO,
    {"again", 0, CLI_FLAG, NULL, false, "Ask also for what the exchange did not have."},
    JSON,
    EXCHANGE,
    END};

#define SWEEP_VIEW                                                                                 \
    {                                                                                              \
        "by",     0,                                                                               \
        CLI_TEXT, "METRIC",                                                                        \
        false,    "What is best: net_profit (if not given), sharpe, profit_factor or calmar."},    \
        {"train", 0, CLI_COUNT, "N", false, "Segments to choose by in the walk-forward; 4."},      \
        {"state", 0,     CLI_PATH,                                                                 \
         "FILE",  false, "Keep each finished combination in FILE, and go on from what is in it."}, \
    {                                                                                              \
        "json", 0, CLI_FLAG, NULL, false,                                                          \
            "Print JSON: combinations best first, walk_forward, "                                  \
            "monte_carlo, elapsed."                                                                \
    }
static const struct cli_option sweep_options[] = {
    CSV_FILE,
    {"input", 'i', CLI_TEXT, "NAME=VALUES", true,
     "Values of an input: FROM:TO, FROM:TO:STEP, A,B,C or one value."},
    FROM,
    TO,
    MARKET_OPTIONS,
    EXCHANGE,
    {"capital", 0, CLI_NUMBER, "AMOUNT", false, "Initial capital instead of the strategy's own."},
    {"random", 0, CLI_COUNT, "N", false, "Only N combinations, drawn at random."},
    {"optimise", 0, CLI_COUNT, "N", false,
     "Look for the best with N combinations: a quarter at random, then around the best."},
    {"seed", 0, CLI_COUNT, "N", false, "Seed of all that is drawn; 1."},
    {"segments", 0, CLI_COUNT, "N", false, "Segments of the walk-forward; 10."},
    {"monte-carlo", 0, CLI_COUNT, "N", false, "Times the best one's trades are drawn anew; 1000."},
    {"part", 0, CLI_TEXT, "K/N", false, "Only the K-th of N parts; see sweep merge."},
    SWEEP_VIEW,
    THREADS,
    END};
static const struct cli_option sweep_merge_options[] = {SWEEP_VIEW, END};
static const struct cli_option strategy_verify_options[] = {
    SERIES_OPTIONS,
    {"cuts", 0, CLI_COUNT, "N", false, "Bars at which history is cut; 20."},
    {"starts", 0, CLI_COUNT, "N", false, "Bars from which history begins later; 5."},
    {"tolerance", 0, CLI_NUMBER, "X", false,
     "Relative difference allowed after the warm-up; 0.000001."},
    {"seed", 0, CLI_COUNT, "N", false, "Seed of where it is cut; 1."},
    {"json", 0, CLI_FLAG, NULL, false, "Print JSON: ok, look_ahead, warm_up, findings."},
    END};

const struct cli_command cli_commands[] = {
    {"run", "", "", 0, 0, run_options, "Start the hub in the foreground.",
     "Polls every watched stream as its candles close, runs the strategies, judges their signals "
     "and "
     "trades on paper, until SIGTERM or Ctrl-C. SIGHUP reads the settings again. The log goes to "
     "standard error.",
     "run\nrun --data ./hub --set exchange.binance.base_url=http://127.0.0.1:8778 --speed 60\n",
     cli_cmd_run},
    {"practice", "", "", 0, 0, practice_options, "Start a practice exchange.",
     "Serves the Binance spot REST interface over recorded or generated candles, at any speed, so "
     "that the hub can be tried without the network. Point the hub at it with "
     "exchange.binance.base_url.",
     "practice\npractice --port 8778 --speed 240\npractice --data ../shared/data --start "
     "2021-03-01\n",
     cli_cmd_practice},
    {"record", "", "PAIR TIMEFRAME", 2, 2, record_options,
     "Record real candles into a folder that 'oracle practice --data' replays.",
     "Writes DIR/EXCHANGE/BASE-QUOTE/TIMEFRAME.csv.gz, prices digit for digit as served.",
     "record VET 4h --last 5000 --into candles\n", cli_cmd_record},
    {"status", "", "", 0, 0, json_options, "Show the running hub: agents, streams, clock, weight.",
     "With --json one object with the arrays agents and streams.", "status\nstatus --json\n",
     cli_cmd_status},
    {"stop", "", "", 0, 0, NULL, "Stop the running hub in order.", "", "stop\n", cli_cmd_stop},
    {"reload", "", "", 0, 0, NULL, "Let the running hub read its settings again.", "", "reload\n",
     cli_cmd_reload},
    {"watch", "add", "PAIR TIMEFRAME", 2, 2, watch_add_options,
     "Watch a stream, with strategies if you like.",
     "PAIR as VET, VET/USDT or VETUSDT; TIMEFRAME 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M. "
     "Works while the hub runs and while it is stopped. A strategy given again replaces the one of "
     "the same file name.",
     "watch add VET 4h\n"
     "watch add BTC/USDT 15m --strategy strategies/ema_cross.pine --input fast=9 --input slow=21\n",
     cli_cmd_watch_add},
    {"watch", "list", "", 0, 0, watch_list_options, "List what is watched.", "",
     "watch list\nwatch list --json\n", cli_cmd_watch_list},
    {"watch", "remove", "PAIR TIMEFRAME", 2, 2, watch_remove_options,
     "Stop watching a stream; its candles are kept.", "",
     "watch remove VET 4h\nwatch remove VET 4h --strategy ema_cross\n", cli_cmd_watch_remove},
    {"watch", "pause", "PAIR TIMEFRAME", 2, 2, watch_options,
     "Stop polling a stream until it is resumed.", "", "watch pause VET 4h\n", cli_cmd_watch_pause},
    {"watch", "resume", "PAIR TIMEFRAME", 2, 2, watch_options,
     "Poll a paused stream again; what it missed is fetched first.", "", "watch resume VET 4h\n",
     cli_cmd_watch_resume},
    {"portfolio", "create", "NAME", 1, 1, portfolio_create_options, "Make a paper portfolio.", "",
     "portfolio create swing --balance 25000 --order-size 10\n", cli_cmd_portfolio_create},
    {"portfolio", "list", "", 0, 0, json_options, "List the portfolios.", "", "portfolio list\n",
     cli_cmd_portfolio_list},
    {"portfolio", "show", "[NAME]", 0, 1, json_options,
     "Show a portfolio's cash, equity, positions and exposure.", "\"main\" if no name is given.",
     "portfolio show\nportfolio show swing --json\n", cli_cmd_portfolio_show},
    {"portfolio", "set", "NAME", 1, 1, portfolio_set_options, "Change a portfolio's figures.",
     "Balance and quote are fixed when it is made.", "portfolio set main --max-exposure-pair 20\n",
     cli_cmd_portfolio_set},
    {"portfolio", "remove", "NAME", 1, 1, json_options, "Remove a portfolio that is not in use.",
     "", "portfolio remove swing\n", cli_cmd_portfolio_remove},
    {"candles", "", "PAIR TIMEFRAME", 2, 2, candles_options, "Print stored candles.",
     "Oldest first, all of them unless --last, --from or --to say less. JSON members: open_time, "
     "open, high, low, close, volume, late, source, revised.",
     "candles VET 4h --last 5\ncandles BTC/USDT 15m --from 2021-05-01 --to 2021-05-02 --csv\n",
     cli_cmd_candles},
    {"ledger", "", "[PAIR TIMEFRAME]", 0, 2, range_options,
     "Print what became of each candle that was due.",
     "JSON members: pair, timeframe, open_time, due_at, attempts, status, saved_at, late, cause.",
     "ledger\nledger VET 4h --last 10\n", cli_cmd_ledger},
    {"gaps", "", "[PAIR TIMEFRAME]", 0, 2, range_options,
     "Print candles that were missed, and when they were filled.",
     "JSON members: pair, timeframe, open_time, cause, exchange_gap, logged_at, filled_at.",
     "gaps\n", cli_cmd_gaps},
    {"follow", "", "", 0, 0, NULL, "Show candles, signals and verdicts as they come.",
     "One line each, in exchange time, until Ctrl-C.", "follow\n", cli_cmd_follow},
    {"signals", "", "[PAIR TIMEFRAME]", 0, 2, follow_options,
     "Print the raw signals of strategies.",
     "JSON members: id, pair, timeframe, strategy, candle_time, action, price, reason, portfolio, "
     "created_at, judged.",
     "signals --last 20\nsignals VET 4h --follow\n", cli_cmd_signals},
    {"queue", "", "[PAIR TIMEFRAME]", 0, 2, follow_options,
     "Print signal_queue: the verdict on each signal.",
     "JSON members: id, signal_id, pair, timeframe, strategy, candle_time, action, status, reason, "
     "checks [{name, measured, limit, pass}], queued_at, portfolio, side, qty, notional, order_id.",
     "queue --last 20\nqueue --follow --json\n", cli_cmd_queue},
    {"queue", "show", "ID", 1, 1, json_options,
     "Print one verdict with each check's measured value and limit.", "", "queue show 12\n",
     cli_cmd_queue_show},
    {"strategy", "check", "FILE", 1, 1, json_options,
     "Compile a strategy and list its inputs, indicators, plots and warm-up.",
     "Exit code 65 when it does not compile.", "strategy check strategies/ema_cross.pine\n",
     cli_cmd_strategy_check},
    {"strategy", "graph", "FILE", 1, 1, NULL,
     "Show what a strategy becomes: its nodes, which are shared, which are islands.",
     "Nodes run in blocks of bars; islands run bar by bar.",
     "strategy graph strategies/ema_cross.pine\n", cli_cmd_strategy_graph},
    {"strategy", "plot", "FILE [PAIR TIMEFRAME]", 1, 3, plot_options,
     "Print each bar's plots, alerts and orders of a strategy as CSV.",
     "Columns: open_time, the plots by title (empty for na), the alert conditions (1 when true), "
     "messages of alert(), orders as the strategy issues them.",
     "strategy plot strategies/ema_cross.pine VET 4h\n"
     "strategy plot strategies/ema_cross.pine --csv candles.csv --input fastLength=9\n",
     cli_cmd_strategy_plot},
    {"strategy", "verify", "FILE [PAIR TIMEFRAME]", 1, 3, strategy_verify_options,
     "Check a strategy for look-ahead and for a warm-up that is too short.",
     "Cuts history at random bars: no value before a cut may change. Begins history later: after "
     "the warm-up values must agree. Exit code 1 when one of them fails.",
     "strategy verify strategies/ema_cross.pine VET 4h\n", cli_cmd_strategy_verify},
    {"backtest", "", "FILE [PAIR TIMEFRAME]...", 1, CLI_ARGUMENTS_MAX, backtest_options,
     "Run a strategy over history and show how it would have done.",
     "Orders fill as docs/backtest.md says. Several series run at once, one a processor. JSON "
     "members: bars, trades, open_trades, initial_capital, final_equity, net_profit, "
     "max_drawdown, profit_factor, sharpe and more, months, tags, elapsed.",
     "backtest strategies/ema_cross.pine VET 4h --report ema.html\n"
     "backtest strategies/ema_cross.pine BTC 1h ETH 1h VET 1h\n"
     "backtest strategies/ema_cross.pine --csv candles.csv.gz --input fastLength=9 --json\n",
     cli_cmd_backtest},
    {"sweep", "", "FILE [PAIR TIMEFRAME]", 1, 3, sweep_options,
     "Run a strategy with many combinations of its inputs.",
     "On all processors; what combinations share is computed once. Shows first what a walk-forward "
     "would have made, then the best combinations, a heat map of two inputs, and how much of it "
     "may be luck. See docs/backtest.md.",
     "sweep strategies/ema_cross.pine VET 4h --input fastLength=5:50 --input slowLength=20:200:5\n"
     "sweep strategies/ema_cross.pine --csv candles.csv --input fastLength=5:50 --part 1/4 --state "
     "part1\n",
     cli_cmd_sweep},
    {"sweep", "merge", "STATE...", 1, CLI_ARGUMENTS_MAX, sweep_merge_options,
     "Put the parts of a sweep together and show the whole.",
     "The state files must be of the same sweep. --state writes all of it to one file.",
     "sweep merge part1 part2 part3 part4 --state whole\n", cli_cmd_sweep_merge},
    {"replay-day", "", "[PORTFOLIO [DATE]]", 0, 2, json_options,
     "Hold a day of a portfolio against what its strategies say.",
     "Runs them over the candles as they are stored and shows each difference with its cause: late "
     "data, revision, rejected by gate, fill price, configuration. \"main\" and the newest day if "
     "not named. Exit code 1 when there is more than fill prices.",
     "replay-day\nreplay-day main 2021-05-01 --json\n", cli_cmd_replay_day},
    {"data", "verify", "[PAIR TIMEFRAME]", 0, 2, verify_options,
     "Tell whether each stream is whole, and why a candle is missing.",
     "Walks the timeframe's grid beside candles, ledger and gap log. A missing candle is OPEN (its "
     "window is open), PENDING_RETRY, EXCHANGE_GAP (the exchange has none), GAP (it can be fetched "
     "again), LOST (the ledger says SAVED) or UNEXPLAINED. Exit code 0 when nothing that can be "
     "had is missing and nothing stored is wrong, else 1. Works while the hub runs. JSON members: "
     "exchange, pair, timeframe, whole, from, to, expected, stored, late, revised, invalid, "
     "saved_without_candle, without_ledger, ledger_disputes, hole_count, holes [{from, to, "
     "candles, why, text}].",
     "data verify\ndata verify VET 4h --from 2021-05-01 --to 2021-06-01\ndata verify --json\n",
     cli_cmd_data_verify},
    {"data", "repair", "[PAIR TIMEFRAME]", 0, 2, repair_options,
     "Let the running hub fetch what is missing.",
     "Waits for each answer. JSON members: pair, timeframe, from, to, candles, why, fetched, "
     "settled, text.",
     "data repair\ndata repair VET 4h --again\n", cli_cmd_data_repair},
    {"db", "check", "", 0, 0, json_options, "Check every page of the store's files.",
     "Works while the hub runs. Exit code 1 when a file is damaged. JSON members: file, whole, "
     "text.",
     "db check\n", cli_cmd_db_check},
    {"db", "backup", "DIR", 1, 1, NULL, "Copy the store to a folder.",
     "Works while the hub runs; a file of an older backup there is replaced once its copy is "
     "complete.",
     "db backup /mnt/backup/oracle\n", cli_cmd_db_backup},
    {"db", "restore", "DIR", 1, 1, NULL, "Put a backup into the place of the store.",
     "Not while the hub runs. The backup is checked first; the files that were there are set aside "
     "as *.replaced-*, nothing is deleted.",
     "db restore /mnt/backup/oracle\n", cli_cmd_db_restore},
    {"db", "migrate", "", 0, 0, NULL, "Bring the store to this version's schema.",
     "The hub does so by itself when it starts.", "db migrate\n", cli_cmd_db_migrate},
    {"db", "vacuum", "", 0, 0, NULL, "Give the store's free space back to the disk.",
     "Not while the hub runs; needs as much space again for a while.", "db vacuum\n",
     cli_cmd_db_vacuum},
    {"doctor", "", "", 0, 0, json_options, "Look at everything the hub stands on.",
     "Settings, data folder, disk, store, running hub and agents, sandbox, file limit, exchange, "
     "clocks; says what to do about what is wrong. Exit code 1 when something is. JSON members: "
     "check, grade (ok, note, bad, skipped), found, advice.",
     "doctor\ndoctor --json\n", cli_cmd_doctor},
    {"config", "", "", 0, 0, config_options, "Print every setting with its value and origin.", "",
     "config\nconfig --json\n", cli_cmd_config},
    {"config", "check", "", 0, 0, NULL, "Check the settings of all sources.",
     "Exit code 78 when something is wrong.", "config check --config ./oracle.conf\n",
     cli_cmd_config_check},
    {"messages", "", "", 0, 0, NULL, "Print the messages between agents, as docs/messages.md.", "",
     "messages\n", cli_cmd_messages},
    {"completion", "", "SHELL", 1, 1, NULL, "Print completion for bash, zsh or fish.",
     "Packages install it; by hand: eval \"$(oracle completion bash)\".", "completion bash\n",
     cli_cmd_completion},
    {"version", "", "", 0, 0, NULL, "Print the version.", "", "version\n", cli_cmd_version},
    {"help", "", "[COMMAND...]", 0, 2, help_options, "Show help on a command.", "",
     "help watch add\n", cli_cmd_help},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
