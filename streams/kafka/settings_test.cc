#include "streams/kafka/settings.h"

#include <doctest/doctest.h>

#include <fstream>

#include "sim/test_folder.h"

using namespace vitrine;

namespace {

std::string file_with(const sim::TempFolder& folder, const std::string& text) {
  std::ofstream(folder.path + "/kafka.properties") << text;
  return folder.path + "/kafka.properties";
}

}  // namespace

TEST_CASE("an address names brokers, and nothing else") {
  CHECK(KafkaSettings::from("kafka://one:9092", {}).value().brokers == "one:9092");
  CHECK(KafkaSettings::from("kafka://one:9092,two:9092/", {}).value().brokers ==
        "one:9092,two:9092");
  for (const char* wrong : {"kafka://", "kafka://user:secret@one:9092", "kafka://one:9092/topic"}) {
    CAPTURE(wrong);
    CHECK(KafkaSettings::from(wrong, {}).error().code == Code::Invalid);
  }
}

TEST_CASE("a settings file has a name and a value a line, and comments") {
  const sim::TempFolder folder;
  const auto settings = KafkaSettings::from("kafka://one:9092", file_with(folder, R"(# TLS
security.protocol = SASL_SSL

sasl.password=a=b
vitrine.replication.factor=3
vitrine.prefix=north.
)"));
  REQUIRE(settings.has_value());
  CHECK(settings->prefix == "north.");
  CHECK(settings->more.at("security.protocol") == "SASL_SSL");
  CHECK(settings->more.at("sasl.password") == "a=b");
  CHECK(settings->more.size() == 2);
  CHECK(settings->replication_factor == 3);
}

TEST_CASE("a wrong line is told by its number, never by its text") {
  const sim::TempFolder folder;
  const auto wrong = KafkaSettings::from("kafka://one:9092", file_with(folder, "\n\nsecret\n"));
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message.find("line 3") != std::string::npos);
  CHECK(wrong.error().message.find("secret") == std::string::npos);
  CHECK(KafkaSettings::from("kafka://one:9092", folder.path + "/none").error().code ==
        Code::NotFound);
}
