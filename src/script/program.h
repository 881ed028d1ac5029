// SPDX-License-Identifier: Apache-2.0
// A compiled program: the syntax tree, the functions in it and what is known of it with default
// inputs. It never changes after script_compile.
#ifndef SCRIPT_PROGRAM_H
#define SCRIPT_PROGRAM_H

#include "base/map.h"
#include "script/ast.h"
#include "script/builtin.h"

struct script_program {
    struct arena arena;
    struct str source;
    struct ast *body;
    struct map functions;  // name -> AST_FUNC
    struct map reassigned; // names that := or a compound assignment changes
    struct map broken;     // names in statements that could not be read
    struct builtin_index builtins;
    int version;
    struct script_info info;
};

// What is collected while a program is checked with its default inputs.
struct info_builder {
    struct arena *arena;
    struct script_input *inputs;
    size_t input_count, input_cap;
    struct script_plot *plots;
    size_t plot_count, plot_cap;
    struct script_plot *alerts;
    size_t alert_count, alert_cap;
    size_t node_count; // of the graph, before functions that nothing calls were checked
    bool needs_account;
    struct script_info *info;
};

#endif
