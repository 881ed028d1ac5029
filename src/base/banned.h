// SPDX-License-Identifier: Apache-2.0
// Included by force in every source file (see cmake/oracle.cmake): calls that this code base does
// without become compile errors. Time is asked for in base/clock.c only.
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atoll atof rand srand      \
    random_r
#pragma GCC poison gmtime localtime mktime asctime ctime strncpy strncat alloca

#endif
