// What librdkafka costs before any stream processing: the bare loops beside which the engines are
// measured.
//
//   kafka_copy SETTINGS [--bootstrap HOST:PORT]
//
// Reads `user-activity` from its begin to the end it has now. With `bench.mode = consume` that is
// all; with `copy` each line is split at blanks and one record a word goes to `word-counts` (key =
// the word, value = four digits, the bytes of a typical count). The knobs stand in the settings
// file, each with its reason in settings/raw/:
//
//   bench.batch_calls = yes          rd_kafka_produce_batch instead of one call a record
//   bench.callback = yes             a delivery report for each record
//   bench.transaction_records = N    one transaction for every N input records, offsets inside:
//                                    the floor of exactly once; 0 is none
//   consumer.NAME, producer.NAME     librdkafka's own settings
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peers/settings_file.h"

using namespace vitrine;
using namespace vitrine::peers;

namespace {

constexpr const char* kInput = "user-activity";
constexpr const char* kOutput = "word-counts";
constexpr int kPartitions = 4;
constexpr int kPatience_ms = 30'000;

using Settings = std::map<std::string, std::string>;

// A bench ends at the first thing that goes wrong: a figure of half a run is worth nothing.
[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "kafka_copy: %s\n", what.c_str());
  std::exit(1);
}
void must(rd_kafka_error_t* error, const char* what) {
  if (error != nullptr) give_up(std::string(what) + ": " + rd_kafka_error_string(error));
}
void must(rd_kafka_resp_err_t error, const char* what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up(std::string(what) + ": " + rd_kafka_err2str(error));
}

std::string setting(const Settings& settings, const std::string& name, const char* otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second;
}

std::uint64_t failed_deliveries = 0;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failed_deliveries;
}

rd_kafka_t* open_client(rd_kafka_type_t type, const Settings& settings, const std::string& prefix,
                        const std::string& bootstrap) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK)
      give_up("set " + name + " = " + value + ": " + why.data());
  };
  set("bootstrap.servers", bootstrap);
  for (const auto& [name, value] : settings)
    if (name.starts_with(prefix)) set(name.substr(prefix.size()), value);
  if (type == RD_KAFKA_PRODUCER && setting(settings, "bench.callback", "no") == "yes")
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_t* client = rd_kafka_new(type, conf, why.data(), why.size());
  if (client == nullptr) give_up(std::string("open a client: ") + why.data());
  return client;
}

// The input from its begin to where it ended when this was opened.
class Input {
 public:
  Input(const Settings& settings, const std::string& bootstrap)
      : consumer_(open_client(RD_KAFKA_CONSUMER, settings, "consumer.", bootstrap)) {
    rd_kafka_poll_set_consumer(consumer_);
    auto* partitions = rd_kafka_topic_partition_list_new(kPartitions);
    for (int i = 0; i < kPartitions; ++i) {
      std::int64_t begin = 0, end = 0;
      must(rd_kafka_query_watermark_offsets(consumer_, kInput, i, &begin, &end, kPatience_ms),
           "ask for the input's end");
      rd_kafka_topic_partition_list_add(partitions, kInput, i)->offset = begin;
      next_[i] = begin;
      left_ += end - begin;
    }
    must(rd_kafka_assign(consumer_, partitions), "assign the input");
    rd_kafka_topic_partition_list_destroy(partitions);
    queue_ = rd_kafka_queue_get_consumer(consumer_);
  }

  bool done() const { return left_ <= 0; }

  // Shows what has come, line by line, then calls `shown`; the lines' bytes stay until it returns.
  template <class Visit, class Shown>
  void take(Visit visit, Shown shown) {
    std::array<rd_kafka_message_t*, 1024> messages;
    const auto count = rd_kafka_consume_batch_queue(queue_, 100, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *messages[i];
      if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        visit(std::string_view(static_cast<const char*>(message.payload), message.len));
        next_[message.partition] = message.offset + 1;
        --left_;
        ++records_;
        bytes_ += message.len;
      }
    }
    shown();
    for (ssize_t i = 0; i < count; ++i) rd_kafka_message_destroy(messages[i]);
  }

  rd_kafka_topic_partition_list_t* positions() const {
    auto* list = rd_kafka_topic_partition_list_new(kPartitions);
    for (int i = 0; i < kPartitions; ++i)
      rd_kafka_topic_partition_list_add(list, kInput, i)->offset = next_[i];
    return list;
  }
  rd_kafka_t* consumer() const { return consumer_; }
  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  rd_kafka_t* consumer_;
  rd_kafka_queue_t* queue_ = nullptr;
  std::array<std::int64_t, kPartitions> next_{};
  std::int64_t left_ = 0;
  std::uint64_t records_ = 0, bytes_ = 0;
};

class Output {
 public:
  Output(const Settings& settings, const std::string& bootstrap)
      : batch_calls_(setting(settings, "bench.batch_calls", "no") == "yes"),
        transaction_records_(std::stoull(setting(settings, "bench.transaction_records", "0"))),
        producer_(open_client(RD_KAFKA_PRODUCER, settings, "producer.", bootstrap)),
        topic_(rd_kafka_topic_new(producer_, kOutput, nullptr)) {
    if (topic_ == nullptr) give_up("open the topic word-counts");
    if (transaction_records_ > 0) {
      must(rd_kafka_init_transactions(producer_, kPatience_ms), "begin to use transactions");
      must(rd_kafka_begin_transaction(producer_), "begin a transaction");
    }
  }

  void add(std::string_view word) {
    rd_kafka_message_t message{};
    message.payload = const_cast<char*>("1234");
    message.len = 4;
    message.key = const_cast<char*>(word.data());
    message.key_len = word.size();
    waiting_.push_back(message);
  }

  // Hands over what was added; the words' bytes may go afterwards.
  void send() {
    produced_ += waiting_.size();
    if (batch_calls_) {
      send_batch();
    } else {
      for (const auto& message : waiting_) send_one(message);
    }
    waiting_.clear();
    rd_kafka_poll(producer_, 0);
  }

  void input_taken(const Input& input) {
    if (transaction_records_ == 0 || input.records() - committed_ < transaction_records_) return;
    commit(input);
    must(rd_kafka_begin_transaction(producer_), "begin a transaction");
  }

  void finish(const Input& input) {
    if (transaction_records_ > 0) commit(input);
    must(rd_kafka_flush(producer_, 10 * kPatience_ms), "send the rest");
    if (failed_deliveries > 0)
      give_up("not delivered: " + std::to_string(failed_deliveries) + " records");
  }
  std::uint64_t produced() const { return produced_; }

 private:
  void send_one(const rd_kafka_message_t& message) {
    while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message.payload,
                            message.len, message.key, message.key_len, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        give_up(std::string("produce: ") + rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(producer_, 10);
    }
  }

  void send_batch() {
    while (!waiting_.empty()) {
      const int sent =
          rd_kafka_produce_batch(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                 waiting_.data(), static_cast<int>(waiting_.size()));
      if (static_cast<std::size_t>(sent) == waiting_.size()) return;
      std::erase_if(waiting_, [](const rd_kafka_message_t& message) {
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
        if (message.err != RD_KAFKA_RESP_ERR__QUEUE_FULL) must(message.err, "produce");
        return false;
      });
      rd_kafka_poll(producer_, 10);
    }
  }

  void commit(const Input& input) {
    auto* positions = input.positions();
    auto* group = rd_kafka_consumer_group_metadata(input.consumer());
    must(rd_kafka_send_offsets_to_transaction(producer_, positions, group, kPatience_ms),
         "send offsets");
    must(rd_kafka_commit_transaction(producer_, kPatience_ms), "commit a transaction");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(positions);
    committed_ = input.records();
  }

  bool batch_calls_;
  std::uint64_t transaction_records_, committed_ = 0, produced_ = 0;
  rd_kafka_t* producer_;
  rd_kafka_topic_t* topic_;
  std::vector<rd_kafka_message_t> waiting_;
};

void each_word(std::string_view line, Output& output) {
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    if (end > 0) output.add(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && (argc != 4 || std::strcmp(argv[2], "--bootstrap") != 0)) {
    std::fprintf(stderr, "usage: kafka_copy SETTINGS [--bootstrap HOST:PORT]\n");
    return 2;
  }
  const auto settings = read_settings(argv[1]);
  if (!settings) give_up(settings.error().message);
  const std::string bootstrap = argc == 4 ? argv[3] : "localhost:9092";
  Input input(*settings, bootstrap);
  std::uint64_t produced = 0;
  if (setting(*settings, "bench.mode", "copy") == "consume") {
    while (!input.done()) input.take([](std::string_view) {}, [] {});
  } else {
    Output output(*settings, bootstrap);
    while (!input.done()) {
      input.take([&](std::string_view line) { each_word(line, output); }, [&] { output.send(); });
      output.input_taken(input);
    }
    output.finish(input);
    produced = output.produced();
  }
  std::printf("{\"records\":%llu,\"bytes\":%llu,\"produced\":%llu}\n",
              static_cast<unsigned long long>(input.records()),
              static_cast<unsigned long long>(input.bytes()),
              static_cast<unsigned long long>(produced));
  std::fflush(stdout);
  std::_Exit(0);  // closing the clients would wait for their threads, which nobody measures
}
