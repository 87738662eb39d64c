#pragma once
#include <editline/readline.h>
#include <histedit.h>
#include <stdlib.h>
