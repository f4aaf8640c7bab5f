#include "vitrine/process.h"

namespace vitrine::detail {

std::size_t ContextSupport::topic_index(const std::string& name) const {
  for (std::size_t i = 0; i < topics->size(); ++i) {
    if ((*topics)[i].name == name) return i;
  }
  throw std::logic_error("topic " + name +
                         " is not declared: say process(factory, topic) or app.output(topic)");
}

nodes::TimerTable& ContextSupport::timer_table() const {
  if (timers == nullptr) {
    throw std::logic_error(
        "timers need void on_timer(const Key&, Time due, Context&) in the processor");
  }
  return *timers;
}

}  // namespace vitrine::detail
