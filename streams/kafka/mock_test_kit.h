#pragma once
// Brokers in this process: librdkafka's mock cluster, which answers requests with the errors it was
// told to. For what a real broker gives only on a bad day; no JVM, milliseconds.
#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "streams/kafka/kafka_broker.h"
#include "streams/kafka/rd.h"

namespace vitrine::kafka {

// Kafka's protocol numbers its requests.
enum class Api : std::int16_t {
  Produce = 0,
  Fetch = 1,
  OffsetFetch = 9,
  FindCoordinator = 10,
  InitProducerId = 22,
  AddPartitionsToTxn = 24,
  AddOffsetsToTxn = 25,
  EndTxn = 26,
  TxnOffsetCommit = 28,
};

class MockCluster {
 public:
  MockCluster() : client_(rd_kafka_new(RD_KAFKA_PRODUCER, quiet(), nullptr, 0)) {
    REQUIRE(client_);
    cluster_ = rd_kafka_mock_cluster_new(client_.get(), 1);
    REQUIRE(cluster_ != nullptr);
  }
  ~MockCluster() { rd_kafka_mock_cluster_destroy(cluster_); }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  void make(std::initializer_list<const char*> topics) {
    for (const char* topic : topics)
      REQUIRE(rd_kafka_mock_topic_create(cluster_, topic, 4, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // The next requests of that kind are answered so, one after the other.
  void answer(Api api, std::initializer_list<rd_kafka_resp_err_t> with) {
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(api), with.size(),
                                            with.begin());
  }
  void answer_well(Api api) {
    rd_kafka_mock_clear_request_errors(cluster_, static_cast<std::int16_t>(api));
  }
  KafkaSettings settings() const {
    auto out = KafkaSettings::from(rd_kafka_mock_cluster_bootstraps(cluster_), {}).value();
    out.prefix.clear();
    return out;
  }

 private:
  static rd_kafka_conf_t* quiet() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    return conf;
  }
  Handle client_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace vitrine::kafka
