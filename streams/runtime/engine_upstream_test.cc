// An upstream that is not the one that was read: restored from an older backup, or with its end
// cut.
#include <doctest/doctest.h>

#include <fstream>

#include "base/log.h"
#include "streams/runtime/engine_test_kit.h"
#include "streams/runtime/lineage.h"
#include "vitrine/backup.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

// "up" and an App that reads its words. Both are opened and closed by hand.
struct Domains {
  Setup up, down;
  TempFolder up_folder, down_folder, elsewhere;
  std::unique_ptr<Engine> upstream, reader;

  Domains() {
    set_log_level(LogLevel::Off);  // cut ends are reported
    open_upstream();
  }
  void open_upstream() { upstream = up.open(up_folder, "up"); }
  Result<void> open_reader() {
    down.options.folder = down_folder.path;
    down.options.upstreams = {upstream.get()};
    VT_TRY(reader, Engine::open(down.env, std::make_shared<CountTopology>("down"), down.options));
    return {};
  }
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(upstream->append(word("k" + std::to_string(i % 5))));
      run_until_idle(*upstream);
    }
  }
  void read() {
    REQUIRE(open_reader());
    run_until_idle(*reader);
    reader.reset();
  }
  void back_up(const std::string& name) {
    REQUIRE(upstream->backup(elsewhere.path + "/" + name));
  }
  void restore_upstream(const std::string& name) {
    upstream.reset();
    std::filesystem::remove_all(up_folder.path);
    REQUIRE(restore_backup(real_env().disk, elsewhere.path + "/" + name, up_folder.path));
    open_upstream();
  }
  std::size_t read_so_far() const { return values(*reader, "counts").size(); }

  // A byte of the newest group goes: nothing later proves that it was ever whole. So does the
  // state, which the checkpoint at the end has made as new as that group.
  void cut_upstream() {
    upstream.reset();
    std::filesystem::remove_all(up_folder.path + "/state");
    std::string newest;
    std::size_t at = 0;
    char byte = 0;
    for (const auto& entry : std::filesystem::directory_iterator(up_folder.path + "/journal")) {
      const std::string path = entry.path();
      std::ifstream file{path, std::ios::binary};
      const Bytes content{std::istreambuf_iterator<char>{file}, {}};
      const auto last = content.find_last_not_of('\0');
      if (last == content.npos || !path.ends_with(".vtj") || path < newest) continue;
      newest = path;
      at = last;
      byte = content[last];
    }
    std::fstream file{newest, std::ios::binary | std::ios::in | std::ios::out};
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(~byte));
    file.close();
    open_upstream();
    REQUIRE(upstream->recovery().tail_cut);
  }
};

void check_refused(const Result<void>& opened) {
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::Corrupt);
  CHECK(opened.error().message.find("is not what was read") != std::string::npos);
  CHECK(opened.error().message.find("skip_replaced") != std::string::npos);
}

}  // namespace

SHARDED_TEST_CASE("an upstream that was restored and has grown past its reader is not read on") {
  Domains both;
  both.append(10);
  both.back_up("old");
  both.append(5);
  both.read();
  both.restore_upstream("old");
  both.append(20);  // other records at the positions that were read
  check_refused(both.open_reader());

  // Restarts in between change nothing, and a second restore does not hide the first.
  both.upstream.reset();
  both.open_upstream();
  check_refused(both.open_reader());
  both.back_up("new");
  both.restore_upstream("new");
  both.append(1);
  check_refused(both.open_reader());

  both.down.options.skip_replaced = true;
  REQUIRE(both.open_reader());
  run_until_idle(*both.reader);
  CHECK(both.read_so_far() == 15 + 21);
  both.reader.reset();
  both.down.options.skip_replaced = false;
  REQUIRE(both.open_reader());  // it has read the new history by now
  run_until_idle(*both.reader);
  CHECK(both.read_so_far() == 15 + 21);
}

SHARDED_TEST_CASE("a reader that had not read beyond the backup goes on with what is there now") {
  Domains both;
  both.append(10);
  both.read();
  both.append(3);
  both.back_up("later");
  both.append(4);
  both.restore_upstream("later");
  both.append(20);
  REQUIRE(both.open_reader());
  run_until_idle(*both.reader);
  CHECK(both.read_so_far() == 33);
}

SHARDED_TEST_CASE("both restored from one time go on together") {
  Domains both;
  both.append(10);
  REQUIRE(both.open_reader());
  run_until_idle(*both.reader);
  REQUIRE(both.reader->backup(both.elsewhere.path + "/reader"));
  both.reader.reset();
  both.back_up("up");
  both.append(5);
  both.read();
  both.restore_upstream("up");
  both.append(20);
  std::filesystem::remove_all(both.down_folder.path);
  REQUIRE(restore_backup(real_env().disk, both.elsewhere.path + "/reader", both.down_folder.path));
  REQUIRE(both.open_reader());
  run_until_idle(*both.reader);
  CHECK(both.read_so_far() == 30);
}

SHARDED_TEST_CASE("a cut end is refused by whoever had read it, and by nobody else") {
  Domains both;
  both.append(10);
  both.read();
  both.append(1);
  both.cut_upstream();  // the eleventh, which was not read
  both.append(4);
  both.read();
  REQUIRE(both.open_reader());
  CHECK(both.read_so_far() == 14);
  both.reader.reset();

  both.cut_upstream();  // one that was read
  check_refused(both.open_reader());
  both.append(10);
  check_refused(both.open_reader());
}

TEST_CASE("an upstream that begins anew under the same name is not read on") {
  Domains both;
  both.append(10);
  both.read();
  both.upstream.reset();
  std::filesystem::remove_all(both.up_folder.path);
  both.open_upstream();
  both.append(30);
  check_refused(both.open_reader());
}

TEST_CASE("a lineage knows up to where two incarnations are the same log") {
  const Position all{~std::uint64_t{0}};
  const Incarnation a{1}, b{2}, c{3}, other{9};
  Lineage lineage;
  CHECK(lineage.begins(a, Position{0}));
  CHECK_FALSE(lineage.begins(a, Position{70}));
  CHECK(lineage.same_below(a) == all);
  CHECK(lineage.same_below(other) == Position{1});
  CHECK(lineage.begins(b, Position{100}));
  CHECK(lineage.begins(c, Position{150}));
  const Lineage kept = Lineage::decode(lineage.encode());
  CHECK(kept.same_below(a) == Position{100});
  CHECK(kept.same_below(b) == Position{150});
  CHECK(kept.same_below(c) == all);
  CHECK(kept.same_below(other) == Position{1});

  // However often it begins anew it stays small, and what it forgets is refused.
  for (std::uint64_t i = 10; i < 1'000; ++i) lineage.begins(Incarnation{i}, Position{i * 100});
  CHECK(lineage.encode().size() < 4'000);
  CHECK(lineage.same_below(a) == Position{1});
  CHECK(lineage.same_below(Incarnation{998}) == Position{99'900});

  // A log from before lineages were kept: what came before is taken for one history.
  Lineage late;
  late.begins(b, Position{500});
  CHECK(late.same_below(a) == Position{500});
}
