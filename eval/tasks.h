#pragma once
// The tasks' functions, one pair a task; see task.h.
#include "eval/task.h"

namespace vitrine::eval {}  // namespace vitrine::eval
