#pragma once
// A moment as an operator writes and reads it.
#include <string>

#include "base/result.h"
#include "vitrine/state_past.h"

namespace vitrine {

std::string time_text(Time time);  // 2026-01-31T12:00:00.000Z

// "1234": a position. "2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00.250Z": a time, UTC.
Result<AsOf> as_of_from(const std::string& text);

}  // namespace vitrine
