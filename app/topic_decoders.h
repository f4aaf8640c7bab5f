#pragma once
// The topics a person may read from the log by name, and how their values become messages.
#include <google/protobuf/message.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "streams/log/record.h"

namespace vitrine {

enum class Domain { Shop, Audience, Insight };
inline constexpr std::array kDomains{Domain::Shop, Domain::Audience, Domain::Insight};
std::string domain_folder(const std::string& log, Domain domain);

struct KnownTopic {
  std::string name;
  Domain domain = Domain::Shop;
  // Null when the bytes are no such message.
  std::unique_ptr<google::protobuf::Message> (*decode)(BytesView) = nullptr;
};

const std::vector<KnownTopic>& known_topics();
const KnownTopic* find_topic(const std::string& name);  // null when there is none

// {"topic":…,"position":…,"at":…,"key":…,"correlation":…,"value":…}; a value that cannot be decoded
// is null.
std::string record_json(const Positioned& record, const KnownTopic& topic);

}  // namespace vitrine
