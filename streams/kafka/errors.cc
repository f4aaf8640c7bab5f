#include "streams/kafka/rd.h"

namespace vitrine::kafka {
namespace {

struct Meaning {
  Code code;
  const char* advice;
};

Meaning meaning_of_rights(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return {Code::Invalid, "allow this user Read, Write, Describe and Create on the topic (ACL)"};
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return {Code::Invalid, "allow this user Read and Describe on the group (ACL)"};
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return {Code::Invalid, "allow this user Write and Describe on the transactional id (ACL)"};
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {Code::Invalid, "allow this user IdempotentWrite on the cluster (ACL)"};
    default:
      return {Code::Io, "the brokers' logs may say more"};
  }
}

Meaning meaning_of_absence(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
      return {Code::Unavailable, "check the address, and that the brokers run and can be reached; "
                                 "one whose disk is full ends"};
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return {Code::Unavailable, "a partition has no leader that takes records: start the brokers "
                                 "that are away; one that runs may have a disk that is full or "
                                 "broken: free space, start it again"};
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
      return {Code::Unavailable, "a broker's disk is full or broken: free space, start it again"};
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
      return {Code::Unavailable, "start the brokers that are away: fewer replicas are in sync than "
                                 "min.insync.replicas asks for"};
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
      return {Code::Unavailable, "the last transaction under this id is being ended, which waits "
                                 "for every partition it wrote to: start the brokers that are "
                                 "away; one that runs may have a disk that is full or broken"};
    default:
      return meaning_of_rights(code);
  }
}

Meaning meaning_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__SSL:
      return {Code::Invalid, "check the security settings in the Kafka settings file"};
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return {Code::Invalid, "a record is larger than the topic takes: raise max.message.bytes of "
                             "the topic, and message.max.bytes in the Kafka settings file, or "
                             "write smaller records; nothing of its epoch was committed"};
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return {Code::Invalid, "the brokers refuse the record; a compacted topic takes none without "
                             "a key. Nothing of its epoch was committed"};
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return {Code::Invalid, "the cluster's rules forbid it; ask who runs it"};
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
      return {Code::Invalid, "lower transaction.timeout.ms in the Kafka settings file, or raise "
                             "transaction.max.timeout.ms of the brokers"};
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
      return {Code::Conflict, "another process has taken over; only one may run at a time"};
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return {Code::Invalid, "there are fewer brokers than replicas asked for; set "
                             "vitrine.replication.factor in the Kafka settings file"};
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return {Code::OutOfRange, "records expired before they were read; to go on with those that "
                                "are left, start once with --skip-expired"};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return {Code::NotFound, "create the topic, or let this user create it"};
    default:
      return meaning_of_absence(code);
  }
}

bool is_right_missing(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool may_pass(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:  // has just been made
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:  // another broker may lead the partition soon
      return true;
    default:
      return false;
  }
}

bool is_refusal(rd_kafka_resp_err_t code) { return meaning_of(code).code == Code::Invalid; }

Error error_of(const std::string& doing, rd_kafka_resp_err_t code, const std::string& text,
               const Needed& needed) {
  const Meaning meaning = meaning_of(code);
  const std::string why = text.empty() ? rd_kafka_err2str(code) : text;
  std::string advice = meaning.advice;
  if (is_right_missing(code) && !needed.on.empty()) {
    advice = std::string("this user lacks the right ") + needed.right + " on " + needed.on +
             "; add an ACL for it";
  }
  return {meaning.code, doing + ": " + why + " (" + rd_kafka_err2name(code) + "); " + advice};
}

}  // namespace vitrine::kafka
