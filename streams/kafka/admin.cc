#include "streams/kafka/admin.h"

#include <thread>

namespace vitrine::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{30};
constexpr int kRequestMillis = 5'000;

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds{100}); }

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Freed<rd_kafka_NewTopic_destroy>>;

Result<NewTopic> new_topic(const WantedTopic& topic, int replication_factor) {
  char why[512];
  NewTopic made(rd_kafka_NewTopic_new(topic.name.c_str(), static_cast<int>(topic.partitions),
                                      replication_factor, why, sizeof why));
  if (!made) return fail(Code::Invalid, "create topic " + topic.name + ": " + why);
  for (const auto& [name, value] : topic.config)
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  return made;
}

}  // namespace

Result<Admin> Admin::open(const KafkaSettings& settings) {
  Admin out(settings);
  VT_TRY(Conf conf, conf_of(settings, {}, {}));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
  VT_TRY(out.client_, make_client(RD_KAFKA_PRODUCER, std::move(conf),
                                  "connect to " + settings.brokers));
  return out;
}

// What the client has to complain about says more than that a request timed out.
void Admin::hear_errors() {
  const Queue queue(rd_kafka_queue_get_main(client_.get()));
  while (Event event{rd_kafka_queue_poll(queue.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) continue;
    last_code_ = rd_kafka_event_error(event.get());
    last_error_ = rd_kafka_event_error_string(event.get());
  }
}

Result<void> Admin::ask(std::map<std::string, std::uint32_t>& found, const std::string& topic) {
  const auto until = Clock::now() + kPatience;
  TopicHandle handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  while (true) {
    const rd_kafka_metadata_t* metadata = nullptr;
    auto code = rd_kafka_metadata(client_.get(), 0, handle.get(), &metadata, kRequestMillis);
    hear_errors();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto& one = metadata->topics[0];
      code = one.err;
      found[topic] = code == RD_KAFKA_RESP_ERR_NO_ERROR
                         ? static_cast<std::uint32_t>(one.partition_cnt)
                         : 0;
      rd_kafka_metadata_destroy(metadata);
      if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) code = RD_KAFKA_RESP_ERR_NO_ERROR;
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    }
    // Whoever is not let in would only hear, after a while, that nobody answers.
    const bool shut_out = last_code_ == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    const bool late = Clock::now() > until;
    if (shut_out || (late && last_code_ == RD_KAFKA_RESP_ERR__SSL)) code = last_code_;
    if (late || !may_pass(code)) {
      const bool away = may_pass(code) || code == last_code_;
      return refuse("ask kafka://" + settings_.brokers + " for topic " + topic, code,
                    away ? last_error_ : "", {"Describe", "topic " + topic});
    }
    pause();
  }
}

Result<std::map<std::string, std::uint32_t>> Admin::partitions(
    const std::vector<std::string>& topics) {
  std::map<std::string, std::uint32_t> found;
  for (const std::string& topic : topics) VT_TRY_VOID(ask(found, topic));
  return found;
}

Result<void> Admin::create(const std::vector<WantedTopic>& topics) {
  const Queue answers(rd_kafka_queue_new(client_.get()));
  std::vector<NewTopic> made;
  std::vector<rd_kafka_NewTopic_t*> borrowed;
  for (const WantedTopic& topic : topics) {
    VT_TRY(made.emplace_back(), new_topic(topic, settings_.replication_factor));
    borrowed.push_back(made.back().get());
  }
  rd_kafka_CreateTopics(client_.get(), borrowed.data(), borrowed.size(), nullptr, answers.get());
  const Event event(rd_kafka_queue_poll(answers.get(), 2 * kRequestMillis));
  if (!event) return refuse("create topics", RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (const auto code = rd_kafka_event_error(event.get()))
    return refuse("create topics", code, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  const auto* const* each = rd_kafka_CreateTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(each[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      continue;
    const char* text = rd_kafka_topic_result_error_string(each[i]);
    const std::string topic = std::string("topic ") + rd_kafka_topic_result_name(each[i]);
    return refuse("create " + topic, code, text == nullptr ? "" : text, {"Create", topic});
  }
  return {};
}

Result<std::map<std::string, std::uint32_t>> Admin::ensure(
    const std::vector<WantedTopic>& topics) {
  std::vector<std::string> names;
  for (const WantedTopic& topic : topics) names.push_back(topic.name);
  VT_TRY(auto found, partitions(names));
  std::vector<WantedTopic> missing;
  for (const WantedTopic& topic : topics) {
    const std::uint32_t there = found[topic.name];
    if (there == 0) missing.push_back(topic);
    if (there == 0 || !topic.exactly || there == topic.partitions) continue;
    return fail(Code::Conflict,
                "open topic " + topic.name + ": it has " + std::to_string(there) +
                    " partitions and must have " + std::to_string(topic.partitions) +
                    "; create it again so, or begin under another name (--app-id)");
  }
  if (missing.empty()) return found;
  VT_TRY_VOID(create(missing));
  // Brokers learn of it a moment later.
  for (const auto until = Clock::now() + kPatience;;) {
    VT_TRY(found, partitions(names));
    bool all = true;
    for (const auto& [name, count] : found) all = all && count > 0;
    if (all) return found;
    if (Clock::now() > until)
      return refuse("create topics", RD_KAFKA_RESP_ERR__TIMED_OUT, "they do not appear");
    pause();
  }
}

}  // namespace vitrine::kafka
