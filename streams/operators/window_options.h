#pragma once
// What a window node is told, without its types.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace vitrine::nodes {

struct WindowShape {
  enum class Kind { Tumbling, Hopping, Session, Sliding };
  Kind kind = Kind::Tumbling;
  Duration size{};     // of a session: the gap
  Duration advance{};  // hopping only
  Duration grace{};
};

enum class EmitMode { OnClose, EachUpdate, Every };

struct WindowOptions {
  std::string name;  // of the state
  WindowShape shape;
  EmitMode mode = EmitMode::OnClose;
  Duration interval{};                    // of EmitMode::Every
  std::optional<std::size_t> late_topic;  // none: late records are counted and dropped
  std::uint64_t* late_written = nullptr;  // the node's: Wiring::written
};

}  // namespace vitrine::nodes
