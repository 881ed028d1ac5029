// SPDX-License-Identifier: Apache-2.0
// The report's charts: equity beside the price, drawdown below, as one SVG.
#include "backtest/html_internal.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>

#define LEFT     64.0
#define RIGHT    990.0
#define TOP      10.0
#define BOTTOM   270.0
#define TOP_2    292.0 // of the drawdown
#define BOTTOM_2 372.0
#define HEIGHT   396
#define TICKS    6

struct scale {
    double low, high, top, bottom;
};

static double y_of(const struct scale *s, double v)
{
    double span = s->high - s->low;
    return s->bottom - (span > 0 ? (v - s->low) / span : 0.5) * (s->bottom - s->top);
}

static double x_of(size_t i, size_t n)
{
    return n > 1 ? LEFT + (RIGHT - LEFT) * (double)i / (double)(n - 1) : LEFT;
}

// A round distance that gives about TICKS lines.
static double tick_step(double span)
{
    double rough = span / TICKS, power = pow(10, floor(log10(rough)));
    double m = rough / power;
    return power * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

static void put_short(FILE *out, double v)
{
    double size = fabs(v);
    const char *unit = size >= 1e9 ? "G" : size >= 1e6 ? "M" : size >= 1e4 ? "k" : "";
    double by = size >= 1e9 ? 1e9 : size >= 1e6 ? 1e6 : size >= 1e4 ? 1e3 : 1;
    (void)fprintf(out, "%.4g%s", v / by, unit);
}

static void put_grid(FILE *out, const struct scale *s, const char *unit)
{
    double span = s->high - s->low;
    if (!(span > 0) || !isfinite(span))
        return;
    double step = tick_step(span);
    double first = ceil(s->low / step), last = floor(s->high / step);
    for (int i = 0; i < 2 * TICKS && first + i <= last; i++) {
        double v = (first + i) * step, y = y_of(s, v);
        (void)fprintf(out,
                      "<line class=grid x1=%.0f x2=%.0f y1=%.1f y2=%.1f /><text x=%.0f y=%.1f "
                      "text-anchor=end>",
                      LEFT, RIGHT, y, y, LEFT - 6, y + 4);
        put_short(out, fabs(v) < step / 2 ? 0 : v);
        (void)fprintf(out, "%s</text>\n", unit);
    }
}

static void put_dates(FILE *out, const struct run_point *p, size_t n)
{
    for (int i = 0; i < 6; i++) {
        size_t at = (n - 1) * (size_t)i / 5;
        char text[TIME_TEXT_MAX];
        time_format(p[at].time, text);
        (void)fprintf(out, "<text x=%.1f y=%d text-anchor=%s>%.10s</text>\n", x_of(at, n),
                      HEIGHT - 6,
                      i == 0   ? "start"
                      : i == 5 ? "end"
                               : "middle",
                      text);
    }
}

static void widen(struct scale *s)
{
    double room = (s->high - s->low) * 0.04;
    s->low -= room;
    s->high += room;
}

static struct scale equity_scale(const struct run_point *p, size_t n, double capital)
{
    struct scale s = {capital, capital, TOP, BOTTOM};
    for (size_t i = 0; i < n; i++) {
        s.low = fmin(s.low, p[i].equity);
        s.high = fmax(s.high, p[i].equity);
    }
    widen(&s);
    return s;
}

// The price has a scale of its own: holding it may make so much more or less that the equity would
// be a flat line.
static struct scale price_scale(const struct run_point *p, size_t n)
{
    struct scale s = {p[0].price, p[0].price, TOP, BOTTOM};
    for (size_t i = 0; i < n; i++) {
        s.low = fmin(s.low, p[i].price);
        s.high = fmax(s.high, p[i].price);
    }
    widen(&s);
    return s;
}

// Percent below the greatest equity so far, at each point.
static double *drawdowns(const struct run_point *p, size_t n, double capital)
{
    double *d = malloc((n + 1) * sizeof *d);
    double peak = capital;
    for (size_t i = 0; d && i < n; i++) {
        peak = fmax(peak, p[i].equity);
        d[i] = peak > 0 ? (p[i].equity / peak - 1) * 100 : 0;
    }
    return d;
}

static void put_data(FILE *out, const struct run_point *p, const double *drop, size_t n)
{
    char price[NUMBER_TEXT_MAX];
    (void)fputc('[', out);
    for (size_t i = 0; i < n; i++) {
        (void)number_format_double(p[i].price, price);
        (void)fprintf(out, "%s[%lld,%.2f,%.2f,%s]", i > 0 ? "," : "", (long long)p[i].time,
                      p[i].equity, drop[i], price);
    }
    (void)fputc(']', out);
}

static void put_lines(FILE *out, const struct run_point *p, size_t n, const struct scale *s)
{
    struct scale price = price_scale(p, n);
    (void)fprintf(out, "<path class=under d=\"M%.1f %.1f", LEFT, s->bottom);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "L%.1f %.1f", x_of(i, n), y_of(s, p[i].equity));
    (void)fprintf(out, "L%.1f %.1fZ\"/>\n<polyline class=hold points=\"", x_of(n - 1, n),
                  s->bottom);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "%.1f,%.1f ", x_of(i, n), y_of(&price, p[i].price));
    (void)fputs("\"/>\n<polyline class=equity points=\"", out);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "%.1f,%.1f ", x_of(i, n), y_of(s, p[i].equity));
    (void)fputs("\"/>\n", out);
}

static void put_drop(FILE *out, const double *drop, size_t n, const struct scale *s)
{
    (void)fprintf(out, "<path class=drop d=\"M%.1f %.1f", LEFT, s->top);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "L%.1f %.1f", x_of(i, n), y_of(s, drop[i]));
    (void)fprintf(out, "L%.1f %.1fZ\"/>\n", x_of(n - 1, n), s->top);
}

int html__charts(FILE *out, const struct run *r)
{
    size_t n = 0;
    const struct run_point *p = run_curve(r, &n);
    double capital = run_initial_capital(r);
    if (n < 2)
        return 0;
    double *drop = drawdowns(p, n, capital);
    if (!drop)
        return ERR_NO_MEMORY;
    struct scale equity = equity_scale(p, n, capital), below = {0, 0, TOP_2, BOTTOM_2};
    for (size_t i = 0; i < n; i++)
        below.low = fmin(below.low, drop[i]);
    (void)fprintf(
        out,
        "<div><div class=key><span><i></i>Equity</span><span><i class=h></i>Price, on a scale of "
        "its own</span><output></output></div>\n<svg class=chart viewBox=\"0 0 1000 %d\" "
        "role=img aria-label=\"Equity, price and drawdown\" data-points=\"",
        HEIGHT);
    put_data(out, p, drop, n);
    (void)fputs("\">\n", out);
    put_grid(out, &equity, "");
    put_grid(out, &below, " %");
    put_lines(out, p, n, &equity);
    put_drop(out, drop, n, &below);
    put_dates(out, p, n);
    (void)fprintf(out, "<line class=cross y1=%.0f y2=%.0f style=\"display:none\"/></svg></div>\n",
                  TOP, BOTTOM_2);
    free(drop);
    return 0;
}
