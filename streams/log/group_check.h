#pragma once
// Every checksum of a group that came from elsewhere.
#include <vector>

#include "streams/log/format.h"
#include "streams/log/shipping.h"

namespace vitrine::journal_format {

struct CheckedGroup {
  GroupHeader header;
  std::vector<Section> sections;
};

// Header, directory and all sections against the place the group says it stood at. Corrupt when a
// bit differs, or when it is not as long as it says.
Result<CheckedGroup> check_group(const ShippedGroup& group);

}  // namespace vitrine::journal_format
