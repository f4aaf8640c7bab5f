#include "streams/log/format.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "streams/log/journal.h"

using namespace vitrine;
using namespace vitrine::sim;
using namespace vitrine::journal_format;

namespace {

struct FixedRandom final : Random {
  std::uint64_t next() override { return 0x1122334455667788ULL; }
};

// The file that docs/formats/journal.md prints, one row of 16 bytes a line; rows of zeros are left
// out.
std::string rows_of(BytesView file) {
  std::string out;
  for (std::size_t at = 0; at < file.size(); at += 16) {
    const BytesView row = file.substr(at, 16);
    if (row.find_first_not_of('\0') == BytesView::npos) continue;
    char offset[24];
    std::snprintf(offset, sizeof offset, "%08zx", at);
    out += std::string(offset) + ' ' + to_hex(row) + '\n';
  }
  return out;
}

Bytes file_of(const std::string& rows, std::size_t size) {
  Bytes file(size, '\0');
  std::istringstream in{rows};
  std::string offset;
  std::string hex;
  while (in >> offset >> hex) {
    const std::size_t at = std::stoul(offset, nullptr, 16);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      file.at(at + i / 2) = static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  }
  return file;
}

std::string documented_rows() {
  std::ifstream in{std::string(VITRINE_SOURCE_DIR) + "/docs/formats/journal.md"};
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const std::size_t begin = all.find("```hex\n");
  REQUIRE(begin != std::string::npos);
  return all.substr(begin + 7, all.find("```", begin + 7) - begin - 7);
}

}  // namespace

TEST_CASE("the journal's documented bytes are what we write, and decode to what the page says") {
  const std::string documented = documented_rows();
  PowerDisk disk;
  ManualClock clock;
  FixedRandom random;
  Env env{clock, disk, random};
  JournalOptions options;
  options.prewrite_bytes = 0;
  options.prewrite_at_open_bytes = options.prewrite_bytes;
  options.background = false;
  auto journal = Journal::open(env, "/j", options);
  REQUIRE(journal);
  Group first{Epoch{1}, Position{1}};
  first.append("shop.events", 3, {"sku-1", "reserved", time_of_millis(1'700'000'000'000), "c-1"});
  first.append("show.chat", 0, {"show-1", "hello", time_of_millis(1'700'000'000'001), ""});
  first.append("shop.events", 3, {"sku-1", "sold", time_of_millis(1'700'000'000'002), "c-1"});
  first.add_delta("stock", "sku-1", "6", false);
  first.add_delta("carts", "viewer-1", "", true);
  first.set_steps("steps");
  REQUIRE((*journal)->commit(std::move(first)));
  REQUIRE((*journal)->commit(Group{Epoch{2}, Position{4}}));
  CHECK(rows_of(disk.content("/j/segment-0000000000000001.vtj")) == documented);

  PowerDisk other;
  other.set_content("/j/segment-0000000000000001.vtj", file_of(documented, 8192));
  const auto decoded = Journal::open_read_only(other, "/j");
  REQUIRE_MESSAGE(decoded, (decoded ? std::string{} : decoded.error().message));
  CHECK((*decoded)->incarnation() == Incarnation{0x1122334455667788ULL});
  CHECK((*decoded)->committed_epoch() == Epoch{2});
  const std::vector<std::string> topics{"shop.events", "show.chat"};
  const auto batch = (*decoded)->read(topics, Position{0}, 10, 1000);
  REQUIRE(batch);
  REQUIRE(batch->records.size() == 3);
  CHECK(batch->records[1].topic == "show.chat");
  CHECK(batch->records[2].position == Position{3});
  CHECK(batch->records[2].partition == 3);
  CHECK(batch->records[2].record ==
        Record{"sku-1", "sold", time_of_millis(1'700'000'000'002), "c-1"});
}

TEST_CASE("a directory that does not add up is refused") {
  GroupHeader header;
  header.first_position = Position{1};
  header.next_position = Position{3};
  header.sections = 1;
  Section section;
  section.topic = "a";
  section.bytes = 10;
  section.first = Position{1};
  section.last = Position{2};
  Bytes directory;
  encode(section, header.first_position, directory);
  header.directory_bytes = static_cast<std::uint32_t>(directory.size());
  header.body_bytes = header.directory_bytes + 10;
  CHECK(decode_directory(directory, header));
  header.body_bytes += 1;
  CHECK_FALSE(decode_directory(directory, header));
  header.body_bytes -= 2;
  CHECK_FALSE(decode_directory(directory, header));
  header.body_bytes += 1;
  header.sections = 2;
  CHECK_FALSE(decode_directory(directory, header));
  header.sections = 1;
  header.next_position = Position{2};
  CHECK_FALSE(decode_directory(directory, header));
  for (std::size_t cut = 0; cut < directory.size(); ++cut)
    CHECK_FALSE(decode_directory(directory.substr(0, cut), header));
}

TEST_CASE("file names of segments are told from all others") {
  CHECK(segment_name(0xabc) == "segment-0000000000000abc.vtj");
  CHECK(segment_id_of("segment-0000000000000abc.vtj") == 0xabcU);
  for (const char* other : {"lock", "segment-0000000000000abc.vtj.tmp", "segment-abc.vtj",
                            "segment-0000000000000ABC.vtj"}) {
    CHECK_FALSE(segment_id_of(other));
  }
}
