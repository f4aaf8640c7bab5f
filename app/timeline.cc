// `vitrine timeline CUSTOMER`: everything the log knows of one person, over all topics, in order.
//
// A record is hers when she is its key or a field of it, at any depth, holds her id. Order: server
// time; at the same millisecond the shop, the audience, the models, each by position. Reads
// without a lock, also while the server runs. Memory: one line per record of hers.
#include <google/protobuf/message.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <tuple>

#include "app/commands.h"
#include "app/house.h"
#include "app/topic_decoders.h"
#include "commerce/model/json.h"

namespace vitrine {
namespace {

bool mentions(const google::protobuf::Message& message, const std::string& id) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool many = field->is_repeated();
    const int count = many ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (mentions(many ? reflection->GetRepeatedMessage(message, field, i)
                          : reflection->GetMessage(message, field),
                     id))
          return true;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        if ((many ? reflection->GetRepeatedString(message, field, i)
                  : reflection->GetString(message, field)) == id)
          return true;
      }
    }
  }
  return false;
}

struct Entry {
  Time at;
  int domain = 0;  // in the order of kDomains
  Position position;
  std::string text;
};

// The records of one domain's log that are about `id`.
Result<void> collect(const std::string& folder, Domain domain, const std::string& id,
                     std::vector<Entry>& entries) {
  VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder + "/journal"));
  std::vector<std::string> topics;
  for (const auto& topic : known_topics()) {
    if (topic.domain == domain) topics.push_back(topic.name);
  }
  Position from{1};
  while (true) {
    VT_TRY(auto batch, journal->read(topics, from, 1024, 4U << 20U));
    for (const auto& record : batch.records) {
      const KnownTopic& topic = *find_topic(record.topic);
      const auto message = topic.decode(record.record.value);
      if (record.record.key != id && !(message && mentions(*message, id))) continue;
      entries.push_back({record.record.timestamp, static_cast<int>(domain), record.position,
                       record_json(record, topic)});
    }
    if (batch.next >= journal->committed_end() || batch.next == from) return {};
    from = batch.next;
  }
}

Result<int> timeline(const std::string& log, const std::string& id) {
  std::vector<Entry> entries;
  for (const Domain domain : kDomains)
    VT_TRY_VOID(collect(domain_folder(log, domain), domain, id, entries));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.at, a.domain, a.position) < std::tie(b.at, b.domain, b.position);
  });
  for (const Entry& entry : entries) std::printf("%s\n", entry.text.c_str());
  return static_cast<int>(entries.size());
}

}  // namespace

int run_timeline(int argc, char** argv) {
  CLI::App cli{"One customer's records over all topics, oldest first, as JSON lines."};
  std::string id, log = "./var/log";
  cli.add_option("customer", id, "the id of a viewer, moderator or host, e.g. of an order")
      ->required();
  cli.add_option("--log", log, "the log's folder")->capture_default_str();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  const auto told = timeline(log, id);
  if (!told) {
    std::fprintf(stderr, "vitrine timeline: %s\n", told.error().message.c_str());
    return 1;
  }
  if (*told == 0) {
    std::fprintf(stderr, "vitrine timeline: no record names %s\n", id.c_str());
    return 1;
  }
  return 0;
}

}  // namespace vitrine
