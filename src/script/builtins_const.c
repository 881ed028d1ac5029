// SPDX-License-Identifier: Apache-2.0
// Named constants: colours, order kinds, and the words by which styles, shapes and places are
// called, which only have to be told apart.
#include "script/builtin.h"

#include <math.h>

static const struct {
    const char *prefix;
    const char *words;
} families[] = {
    {"plot.style_", "line linebr stepline stepline_diamond steplinebr histogram cross area areabr "
                    "columns circles"},
    {"plot.linestyle_", "solid dotted dashed"},
    {"hline.style_", "solid dotted dashed"},
    {"line.style_", "solid dotted dashed arrow_left arrow_right arrow_both"},
    {"label.style_", "none xcross cross triangleup triangledown flag circle arrowup arrowdown "
                     "label_up label_down label_left label_right label_lower_left "
                     "label_lower_right label_upper_left label_upper_right label_center square "
                     "diamond text_outline"},
    {"shape.", "xcross cross circle triangleup triangledown flag arrowup arrowdown square diamond "
               "labelup labeldown"},
    {"location.", "abovebar belowbar top bottom absolute"},
    {"size.", "auto tiny small normal large huge"},
    {"format.", "inherit price volume percent mintick"},
    {"scale.", "right left none"},
    {"xloc.", "bar_index bar_time"},
    {"yloc.", "price abovebar belowbar"},
    {"extend.", "none left right both"},
    {"text.", "align_left align_center align_right align_top align_bottom wrap_auto wrap_none "
              "format_none format_bold format_italic"},
    {"font.", "family_default family_monospace"},
    {"position.", "top_left top_center top_right middle_left middle_center middle_right "
                  "bottom_left bottom_center bottom_right"},
    {"session.", "regular extended"},
    {"currency.", "NONE USD EUR GBP JPY CHF AUD CAD NZD CNY HKD INR KRW SGD RUB TRY BTC ETH USDT "
                  "BRL MXN PLN SEK NOK ZAR"},
    {"barmerge.", "gaps_off gaps_on lookahead_off lookahead_on"},
    {"adjustment.", "none splits dividends"},
    {"alert.", "freq_all freq_once_per_bar freq_once_per_bar_close"},
    {"order.", "ascending descending"},
    {"strategy.direction.", "all long short"},
    {"input.",
     "integer bool float string symbol resolution session source time color price text_area"},
};

static const struct {
    const char *name;
    uint8_t type;
    double value;
} values[] = {
    {"color.aqua", TY_COLOR, 0x00BCD4FFp0},
    {"color.black", TY_COLOR, 0x363A45FFp0},
    {"color.blue", TY_COLOR, 0x2196F3FFp0},
    {"color.fuchsia", TY_COLOR, 0xE040FBFFp0},
    {"color.gray", TY_COLOR, 0x787B86FFp0},
    {"color.green", TY_COLOR, 0x4CAF50FFp0},
    {"color.lime", TY_COLOR, 0x00E676FFp0},
    {"color.maroon", TY_COLOR, 0x880E4FFFp0},
    {"color.navy", TY_COLOR, 0x311B92FFp0},
    {"color.olive", TY_COLOR, 0x808000FFp0},
    {"color.orange", TY_COLOR, 0xFF9800FFp0},
    {"color.purple", TY_COLOR, 0x9C27B0FFp0},
    {"color.red", TY_COLOR, 0xF23645FFp0},
    {"color.silver", TY_COLOR, 0xB2B5BEFFp0},
    {"color.teal", TY_COLOR, 0x089981FFp0},
    {"color.white", TY_COLOR, 0xFFFFFFFFp0},
    {"color.yellow", TY_COLOR, 0xFDD835FFp0},
    {"strategy.long", TY_INT, 1},
    {"strategy.short", TY_INT, -1},
    {"strategy.fixed", TY_INT, 0},
    {"strategy.cash", TY_INT, 1},
    {"strategy.percent_of_equity", TY_INT, 2},
    {"strategy.commission.percent", TY_INT, 0},
    {"strategy.commission.cash_per_order", TY_INT, 1},
    {"strategy.commission.cash_per_contract", TY_INT, 2},
    {"strategy.oca.none", TY_INT, 0},
    {"strategy.oca.cancel", TY_INT, 1},
    {"strategy.oca.reduce", TY_INT, 2},
    {"display.none", TY_INT, 0},
    {"display.pane", TY_INT, 1}, // display.all - display.pane and the like are allowed
    {"display.data_window", TY_INT, 2},
    {"display.price_scale", TY_INT, 4},
    {"display.status_line", TY_INT, 8},
    {"display.pine_screener", TY_INT, 16},
    {"display.all", TY_INT, 31},
    {"dayofweek.sunday", TY_INT, 1},
    {"dayofweek.monday", TY_INT, 2},
    {"dayofweek.tuesday", TY_INT, 3},
    {"dayofweek.wednesday", TY_INT, 4},
    {"dayofweek.thursday", TY_INT, 5},
    {"dayofweek.friday", TY_INT, 6},
    {"dayofweek.saturday", TY_INT, 7},
};

bool script__constant_find(struct str name, struct type *type, double *number, struct str *text)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (str_eq(name, str_from(values[i].name))) {
            *type = (struct type){values[i].type, false};
            *number = values[i].value;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct str prefix = str_from(families[i].prefix);
        if (!str_starts(name, prefix))
            continue;
        struct str rest = str_from(families[i].words), word;
        while (str_split(&rest, ' ', &word)) {
            if (str_eq(word, str_sub(name, prefix.len, name.len))) {
                *type = (struct type){TY_STRING, false};
                *number = NAN;
                *text = word;
                return true;
            }
        }
    }
    return false;
}

void script__constants_each(void (*each)(void *arg, struct str name), void *arg)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        each(arg, str_from(values[i].name));
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct str rest = str_from(families[i].words), word;
        while (str_split(&rest, ' ', &word)) {
            char name[64];
            if (!str_printf(name, sizeof name, "%s" STR_FMT, families[i].prefix, STR_ARG(word)))
                each(arg, str_from(name));
        }
    }
}
