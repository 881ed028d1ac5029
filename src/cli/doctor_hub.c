// SPDX-License-Identifier: Apache-2.0
// oracle doctor: the running hub, its agents and their sandboxes, its socket.
#include "cli/doctor.h"

#include <jansson.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void judge_agents(struct doctor *d, const json_t *agents)
{
    size_t i, ready = 0;
    json_int_t restarts = 0;
    const char *away = "", *note = "";
    const json_t *a;

    json_array_foreach(agents, i, a)
    {
        if (strcmp(text_of(a, "state"), "ready") == 0) {
            ready++;
        } else {
            away = text_of(a, "name");
        }
        restarts += json_integer_value(json_object_get(a, "restarts"));
        note = text_of(a, "note")[0] ? text_of(a, "note") : note;
    }
    if (ready < json_array_size(agents)) {
        doctor_say(d, "agents", DOCTOR_BAD, "its words are in the hub's log",
                   "%zu of %zu work; %s does not", ready, json_array_size(agents), away);
    } else {
        doctor_say(d, "agents", restarts > 0 ? DOCTOR_NOTE : DOCTOR_OK,
                   restarts > 0 ? "the hub's log tells why" : "",
                   "%zu work, %lld restarts since the start", ready, (long long)restarts);
    }
    if (note[0]) {
        doctor_say(d, "agents", DOCTOR_NOTE, "", "%s", note);
    }
}

static void judge_streams(struct doctor *d, const json_t *streams)
{
    size_t i, live = 0, failed = 0;
    char first[256] = "";
    const json_t *s;

    json_array_foreach(streams, i, s)
    {
        live += strcmp(text_of(s, "state"), "live") == 0;
        if (strcmp(text_of(s, "state"), "failed") == 0 && failed++ == 0 &&
            str_printf(first, sizeof first, "%s %s: %.150s", text_of(s, "pair"),
                       text_of(s, "timeframe"), text_of(s, "text")) != 0) {
            first[0] = '\0';
        }
    }
    if (failed > 0) {
        doctor_say(d, "streams", DOCTOR_BAD, "'oracle status' tells each one's cause",
                   "%zu of %zu cannot be polled; %s", failed, json_array_size(streams), first);
    } else if (json_array_size(streams) == 0) {
        doctor_say(d, "streams", DOCTOR_NOTE, "'oracle watch add VET 4h' begins",
                   "nothing is watched");
    } else {
        doctor_say(d, "streams", DOCTOR_OK, "", "%zu of %zu live", live, json_array_size(streams));
    }
}

static void judge_status(struct doctor *d, struct str text)
{
    json_t *root = json_loadb(text.data, text.len, 0, NULL);
    const json_t *clock = json_object_get(root, "clock");

    if (!root) {
        doctor_say(d, "hub", DOCTOR_BAD, "restart it with the version that is installed",
                   "its answer cannot be read");
        return;
    }
    d->hub_running = true;
    if (json_is_true(json_object_get(clock, "known"))) {
        doctor_say(d, "hub", DOCTOR_OK, "", "runs, and knows the exchange's time");
    } else {
        doctor_say(d, "hub", DOCTOR_BAD, "see the line on the exchange below",
                   "runs, but does not know the exchange's time yet");
    }
    judge_agents(d, json_object_get(root, "agents"));
    judge_streams(d, json_object_get(root, "streams"));
    json_decref(root);
}

static void judge_absence(struct doctor *d)
{
    const char *path = config_str(d->cli->config, CFG_CONTROL_SOCKET);
    struct stat st;

    if (stat(path, &st) == 0) {
        doctor_say(d, "hub", DOCTOR_NOTE, "nothing: the next 'oracle run' takes its place",
                   "does not run; its socket %s was left by one that was killed", path);
    } else {
        doctor_say(d, "hub", DOCTOR_NOTE, "'oracle run' starts it", "does not run");
    }
}

void doctor_hub(struct doctor *d)
{
    struct cli_reply reply;
    struct diag words = {0};
    int rc;

    cli_reply_init(&reply);
    rc = cli_hub_ask(d->cli, "status", STR(""), &reply, &words);
    if (rc == ERR_UNREACHABLE) {
        judge_absence(d);
    } else if (rc != 0) {
        doctor_say(d, "hub", DOCTOR_BAD,
                   rc == ERR_REFUSED ? "run this as the user of the hub, or as root"
                                     : "look at its log; stop it and start it again if it hangs",
                   "%s", words.text[0] ? words.text : err_text(rc));
    } else {
        judge_status(d, buf_str(&reply.json));
    }
    cli_reply_finish(&reply);
}
