#pragma once
// A topic's records read from a log's files, beside a running server: nothing is locked or changed.
#include <functional>
#include <string>

#include "app/time_text.h"
#include "base/env.h"
#include "streams/log/record.h"

namespace vitrine {

// Every record of a topic from `from` on, as long as `visit` says so. `folder` is a domain's.
Result<void> each_record(Disk& disk, const std::string& folder, const std::string& topic,
                         Position from, const std::function<bool(const Positioned&)>& visit);

// A position or a time; the error names the option.
Result<AsOf> moment(const std::string& text, const char* option);
bool is_before(const Positioned& record, const AsOf& moment);

}  // namespace vitrine
