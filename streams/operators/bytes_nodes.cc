#include "streams/operators/bytes_nodes.h"

namespace vitrine::nodes {

void throw_undecodable(const std::string& topic, const char* part, std::string_view serde,
                       const std::string& why) {
  throw std::runtime_error("the " + std::string(part) + " of a record in " + topic + " is no " +
                           std::string(serde) + (why.empty() ? "" : ": " + why));
}

}  // namespace vitrine::nodes
