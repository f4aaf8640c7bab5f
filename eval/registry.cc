#include "eval/task.h"
#include "eval/tasks.h"

namespace vitrine::eval {

const std::vector<Task>& tasks() {
  static const std::vector<Task> all = {};
  return all;
}

}  // namespace vitrine::eval
