#pragma once
// How far a unit's inputs are consumed stands twice: in its rows of state and with the broker. One
// commit wrote both, so they are the same; where they are not, somebody changed one of them.
#include <string>
#include <vector>

#include "streams/broker/unit_work.h"
#include "streams/runtime/topic_table.h"

namespace vitrine {

// Where they differ: "lines/3 is consumed up to 7 by the state, up to 5 by the offsets"; the first
// few, and how many more there are. Empty: they belong together.
//
// Offsets that the broker has forgotten are no difference: groups that are idle for long lose them.
std::string differences(const TopicTable& topics, const std::vector<InputPosition>& rows,
                        const std::vector<InputPosition>& committed);

}  // namespace vitrine
