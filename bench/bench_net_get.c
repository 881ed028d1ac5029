// SPDX-License-Identifier: Apache-2.0
// What one GET over a kept-alive connection costs the client's process: bursts of requests to a
// forked server that answers each with a fixed body. Usage: bench_net_get [requests [connections]]
#include "base/number.h"
#include "net/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BURSTS 20

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\n"
                            "X-MBX-USED-WEIGHT-1M: 37\r\nContent-Length: 172\r\n\r\n"
                            "[[1499040000000,\"0.01634790\",\"0.80000000\",\"0.01575800\",\"0."
                            "01577100\",\"148976.11427815\","
                            "1499644799999,\"2434.19055334\",308,\"1756.87402397\",\"28.46694368\","
                            "\"17928899.62484339\"]]\n";

static void serve_one(int epoll_fd, int fd)
{
    char request[4096];
    ssize_t n = read(fd, request, sizeof request);
    if (n <= 0) {
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        close(fd);
    } else if (write(fd, reply, sizeof reply - 1) < 0) {
        close(fd);
    }
}

static void serve(int listener)
{
    int epoll_fd = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 64, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd != listener) {
                serve_one(epoll_fd, events[i].data.fd);
                continue;
            }
            int fd = accept(listener, NULL, NULL), yes = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            event.data.fd = fd;
            epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
        }
    }
}

struct run {
    struct loop *loop;
    struct http_client *client;
    int left;
    int failed;
};

static void done(void *arg, const struct http_response *response)
{
    struct run *run = arg;
    run->failed += response->status != 200;
    if (--run->left == 0)
        loop_stop(run->loop);
}

static bool want(void *arg, struct str name)
{
    (void)arg;
    return str_eq_nocase(name, STR("X-MBX-USED-WEIGHT-1M"));
}

static double cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int burst(struct run *run, int requests)
{
    run->left = requests;
    for (int i = 0; i < requests; i++) {
        if (http_client_get(run->client,
                            "/api/v3/klines?symbol=VETUSDT&interval=4h&startTime=1499040000000"
                            "&endTime=1499644799999&limit=3",
                            0, done, run, NULL) != 0)
            return -1;
    }
    return loop_run(run->loop);
}

static int measure(uint16_t port, int requests, int connections)
{
    struct run run = {0};
    char base[64];
    snprintf(base, sizeof base, "http://127.0.0.1:%u", port);
    struct http_client_options o = {.base_url = base,
                                    .connections_max = connections,
                                    .timeout_ms = 10000,
                                    .body_max_bytes = 1 << 20,
                                    .want_header = want};
    int rc = loop_create(&run.loop);
    if (rc == 0)
        rc = http_client_create(run.loop, &o, &run.client);
    if (rc == 0)
        rc = burst(&run, requests); // connects
    double cpu = cpu_us();
    clock_ns start = clock_now_ns();
    for (int i = 0; i < BURSTS && rc == 0; i++)
        rc = burst(&run, requests);
    double total = (double)requests * BURSTS;
    double wall_ms = (double)(clock_now_ns() - start) / 1e6;
    printf("%d requests a burst over %d connections: %.1f us of CPU and %.1f us of wall time a "
           "request, %.1f ms a burst, %d failed\n",
           requests, connections, (cpu_us() - cpu) / total, wall_ms * 1e3 / total, wall_ms / BURSTS,
           run.failed);
    http_client_destroy(run.client);
    loop_destroy(run.loop);
    return rc != 0 || run.failed;
}

int main(int argc, char **argv)
{
    int64_t requests = 1000, connections = 64;
    if ((argc > 1 && number_parse_i64(str_from(argv[1]), &requests) != 0) ||
        (argc > 2 && number_parse_i64(str_from(argv[2]), &connections) != 0))
        return 64;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&a, len) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&a, &len) != 0)
        return 71;
    pid_t server = fork();
    if (server == 0)
        serve(listener);
    int rc = measure(ntohs(a.sin_port), (int)requests, (int)connections);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    return rc;
}
