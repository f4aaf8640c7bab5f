#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "eval/files.h"
#include "eval/parameters.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/walk.h"

namespace vitrine::eval {
namespace {

// A folder that goes away with the test.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("eval-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const Bytes& content, bool packed = false) const {
    const std::string path = (path_ / name).string();
    if (packed) {
      gzFile file = gzopen(path.c_str(), "wb");
      gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
      gzclose(file);
    } else {
      std::ofstream(path, std::ios::binary) << content;
    }
    return path;
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST_CASE("a quoted field holds commas, quotes and line ends") {
  const auto rows = parse_csv("a,b\r\n\"x, \"\"y\"\"\nz\",\n\"\",2");
  REQUIRE(rows.size() == 3);
  CHECK(rows[1] == Row{"x, \"y\"\nz", ""});
  CHECK(rows[2] == Row{"", "2"});
}

TEST_CASE("a table is read the same plain and packed, and a wrong one is named") {
  const Folder folder;
  const auto plain = read_csv(folder.write("a.csv", "k,v\n1,2\n"));
  const auto packed = read_csv(folder.write("a.csv.gz", "k,v\n1,2\n", true));
  REQUIRE(plain);
  REQUIRE(packed);
  CHECK(plain->rows == packed->rows);
  CHECK(*plain->column("v") == 1);
  CHECK(plain->column("w").error().message.find("no column w among k, v") != std::string::npos);
  const auto ragged = read_csv(folder.write("b.csv", "k,v\n1,2\n3\n"));
  CHECK(ragged.error().message.find("row 2 has 1 fields") != std::string::npos);
  CHECK(read_csv(folder.path() + "/none.csv").error().code == Code::NotFound);
}

TEST_CASE("the last field between tabs takes the rest of the line") {
  const Folder folder;
  const auto table = read_tsv(folder.write("a.tsv", "ham\ta \"b\"\tc\nspam\td"), 2);
  REQUIRE(table);
  CHECK(table->rows == std::vector<Row>{{"ham", "a \"b\"\tc"}, {"spam", "d"}});
}

TEST_CASE("a missing data set is named, with the way to say where it is") {
  const auto path = data_file({}, "spam_sms/a.tsv");
  CHECK(path.error().message.find("find the data set spam_sms") == 0);
  CHECK(path.error().message.find("VITRINE_DATA") != std::string::npos);
  Options options;
  options.data = "/nowhere";
  CHECK(data_file(options, "spam_sms/a.tsv").error().message.find("/nowhere/spam_sms/a.tsv") !=
        std::string::npos);
}

TEST_CASE("a tar archive gives its files by name, and one cut short is refused") {
  const auto member = [](const std::string& name, const std::string& content) {
    Bytes head(512, 0);
    head.replace(0, name.size(), name);
    char size[12];
    std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(content.size()));
    head.replace(124, 11, size, 11);
    head[156] = '0';
    return head + content + Bytes((512 - content.size() % 512) % 512, 0);
  };
  const Folder folder;
  const Bytes archive = member("b.txt", "second") + member("a.txt", Bytes(600, 'x'));
  const auto files = read_files(folder.write("t.tar.gz", archive + Bytes(1024, 0), true));
  REQUIRE(files);
  REQUIRE(files->size() == 2);
  CHECK((*files)[0].name == "a.txt");
  CHECK((*files)[0].content == Bytes(600, 'x'));
  CHECK((*files)[1].content == "second");
  CHECK_FALSE(read_files(folder.write("u.tar", archive.substr(0, 1200))));
  REQUIRE(read_files(folder.path()));
  CHECK(read_files(folder.path())->size() == 2);
}

TEST_CASE("measures agree with what one computes by hand") {
  Counts counts;
  for (int i = 0; i < 3; ++i) counts.add(true, true);
  counts.add(true, false);
  counts.add(false, true);
  counts.add(false, true);
  counts.add(false, false);
  CHECK(counts.f1() == doctest::Approx(6.0 / 9));
  CHECK(counts.precision() == doctest::Approx(0.75));
  CHECK(counts.recall() == doctest::Approx(0.6));
  const std::array<int, 4> said{0, 1, 1, 2}, so{0, 1, 2, 2};
  CHECK(macro_f1(said, so, 3) == doctest::Approx((1 + 2.0 / 3 + 2.0 / 3) / 3));
  const std::array<double, 4> scores{0.1, 0.4, 0.4, 0.8};
  const std::array<bool, 4> positive{false, false, true, true};
  CHECK(auc(scores, positive) == doctest::Approx(3.5 / 4));
  CHECK(quantile({5, 1, 4, 2, 3}, 0.99) == 5);
  CHECK(quantile({5, 1, 4, 2, 3}, 0.5) == 3);
}

TEST_CASE("parameters come back as they were saved, with the command that chose them") {
  const Folder folder;
  Options options;
  options.parameters = folder.path();
  CHECK(Parameters::load(options, "x").error().message.find("./dev eval x --choose") !=
        std::string::npos);
  Parameters parameters;
  parameters.set("rate", 0.05);
  parameters.set("passes", 3);
  REQUIRE(parameters.save(options, "x"));
  const auto loaded = Parameters::load(options, "x");
  REQUIRE(loaded);
  CHECK(loaded->values() == parameters.values());
  CHECK(loaded->whole("passes") == 3);
  CHECK(read_file(folder.path() + "/x.conf")->find("--choose") != std::string::npos);
}

// Sums its step numbers; may forget the sum in its snapshot, or read a clock of its own.
class Sum : public Walk {
 public:
  Sum(bool forgets, std::uint64_t clock) : forgets_(forgets), sum_(clock) {}
  std::size_t steps() const override { return 100; }
  Result<void> step(std::size_t i, Bytes& scores) override {
    sum_ += i;
    put_u64(scores, sum_);
    return {};
  }
  Bytes snapshot() const override {
    Bytes bytes;
    put_u64(bytes, forgets_ ? 0 : sum_);
    return bytes;
  }
  Result<void> restore(BytesView bytes) override {
    sum_ = ByteReader{bytes}.u64();
    return {};
  }

 private:
  bool forgets_;
  std::uint64_t sum_;
};

TEST_CASE("a walk gives the same scores twice and after a kill, or says which it does not") {
  const auto honest = [] { return std::make_unique<Sum>(false, 0); };
  const auto forgetful = [] { return std::make_unique<Sum>(true, 0); };
  std::uint64_t clock = 0;
  const auto moody = [&clock] { return std::make_unique<Sum>(false, clock++); };
  Options options;
  const auto scores = walk_thrice(honest, options);
  REQUIRE(scores);
  CHECK(scores->size() == 800);
  options.kill_at = 1;
  CHECK(walk_thrice(honest, options));
  options.kill_at = 100;
  CHECK(walk_thrice(honest, options).error().code == Code::OutOfRange);
  options.kill_at = 50;
  CHECK(walk_thrice(forgetful, options).error().message.find("go on after a kill at step 50") == 0);
  CHECK(walk_thrice(moody, options).error().message.find("a second time") != std::string::npos);
}

}  // namespace
}  // namespace vitrine::eval
