#pragma once
// What nearly every file of the tree includes from the standard library, parsed once for the build
// (cmake/vitrine_module.cmake). Files still include what they use: headers are compiled alone,
// without this, by tools/check_tidy.py.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
