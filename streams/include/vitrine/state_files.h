#pragma once
// State read from an engine's folder, by another program than the one that runs it.
//
//   StateFiles files{real_env().disk, "./var/log/shop"};
//   VT_TRY(auto stock, StateView<std::string, Stock>::of(files, "stock"));
//
// What is told is what was committed when it was asked: the state on disk, which is as of the last
// checkpoint, and the changes in the journal after it. Changes nothing and takes no lock, so the
// engine may be running; its newest commit may not be durable yet. Each question reads the
// journal's tail (at most EngineOptions::checkpoint_deltas changes, and what came since): tens of
// milliseconds to seconds. For operators; the program itself asks its Engine.
//
// Threads: any.
#include <string>

#include "base/env.h"
#include "streams/store/state_scan.h"

namespace vitrine {

class StateFiles final : public StateReader {
 public:
  StateFiles(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  // Nothing when there is no such key, store or readable folder: state_scan says which.
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override;
  Result<StatePage> state_scan(const StateScan& scan) const override;
  std::vector<std::string> state_types() const override;
  Result<void> must_have(const std::string& store) const;  // NotFound names those there are

 private:
  Result<StatePage> scan_once(const StateScan& scan) const;

  Disk& disk_;
  const std::string folder_;
};

}  // namespace vitrine
