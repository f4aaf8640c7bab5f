#pragma once
// run() where --log names a Kafka cluster: the App reads its topics there, until a signal or the
// end of what there is.
#include "base/result.h"
#include "streams/kafka/settings.h"
#include "vitrine/run.h"

namespace vitrine::run_detail {

Result<void> run_on_kafka(App& app, const RunOptions& options);

}  // namespace vitrine::run_detail
