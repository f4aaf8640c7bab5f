package peers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.samza.application.StreamApplication;
import org.apache.samza.application.descriptors.StreamApplicationDescriptor;
import org.apache.samza.config.MapConfig;
import org.apache.samza.context.Context;
import org.apache.samza.operators.KV;
import org.apache.samza.operators.functions.FlatMapFunction;
import org.apache.samza.runtime.LocalApplicationRunner;
import org.apache.samza.serializers.KVSerde;
import org.apache.samza.serializers.LongSerde;
import org.apache.samza.serializers.StringSerde;
import org.apache.samza.storage.kv.descriptors.RocksDbTableDescriptor;
import org.apache.samza.system.kafka.descriptors.KafkaSystemDescriptor;
import org.apache.samza.table.ReadWriteTable;

/**
 * The word count on Samza in one process: RocksDB, and a changelog topic unless bench.changelog is
 * "no". Names in the settings file are Samza's own and win over those given here.
 */
public final class SamzaWordCount {
  static final class Count implements FlatMapFunction<KV<String, String>, KV<String, String>> {
    private transient ReadWriteTable<String, Long> counts;

    @Override
    public void init(Context context) {
      counts = context.getTaskContext().getTable("counts");
    }

    @Override
    public Collection<KV<String, String>> apply(KV<String, String> word) {
      Long before = counts.get(word.getKey());
      long now = before == null ? 1 : before + 1;
      counts.put(word.getKey(), now);
      return List.of(KV.of(word.getKey(), Long.toString(now)));
    }
  }

  static List<KV<String, String>> words(KV<String, String> line) {
    List<KV<String, String>> words = new ArrayList<>();
    for (String word : line.getValue().split(" ")) words.add(KV.of(word, ""));
    return words;
  }

  static void describe(StreamApplicationDescriptor app, boolean changelog) {
    var system = new KafkaSystemDescriptor("kafka")
        .withConsumerZkConnect(List.of("localhost:1")) // asked for, and not used by this consumer
        .withProducerBootstrapServers(List.of(Settings.bootstrap()))
        .withDefaultStreamConfigs(Map.of("replication.factor", "1"));
    KVSerde<String, String> text = KVSerde.of(new StringSerde(), new StringSerde());
    var input = system.getInputDescriptor(Settings.INPUT, text);
    var output = system.getOutputDescriptor(Settings.OUTPUT, text);
    app.withDefaultSystem(system);
    var counts = new RocksDbTableDescriptor<String, Long>(
        "counts", KVSerde.of(new StringSerde(), new LongSerde()));
    app.getTable(changelog ? counts.withChangelogEnabled() : counts);
    app.getInputStream(input)
        .flatMap(SamzaWordCount::words)
        .partitionBy(KV::getKey, KV::getValue, text, "words")
        .flatMap(new Count())
        .sendTo(app.getOutputStream(output));
  }

  public static void main(String[] args) throws Exception {
    Settings settings = new Settings(args[0]);
    Map<String, String> config = new HashMap<>();
    config.put("app.name", "wordcount");
    config.put("app.id", Settings.appId().replaceAll("[^0-9a-z]", ""));
    config.put("processor.id", "0");
    config.put("job.coordinator.factory",
        "org.apache.samza.standalone.PassthroughJobCoordinatorFactory");
    config.put("task.name.grouper.factory",
        "org.apache.samza.container.grouper.task.SingleContainerGrouperFactory");
    config.put("job.default.system", "kafka");
    config.put("systems.kafka.samza.offset.default", "oldest");
    config.put("systems.kafka.consumer.auto.offset.reset", "smallest");
    config.put("job.changelog.system", "kafka");
    config.put("job.coordinator.system", "kafka");
    config.put("job.coordinator.replication.factor", "1");
    config.put("stores.default.changelog.replication.factor", "1");
    config.put("task.checkpoint.factory",
        "org.apache.samza.checkpoint.kafka.KafkaCheckpointManagerFactory");
    config.put("task.checkpoint.system", "kafka");
    config.put("task.checkpoint.replication.factor", "1");
    config.put("job.logged.store.base.dir", Settings.stateFolder());
    config.put("job.non-logged.store.base.dir", Settings.stateFolder());
    config.putAll(settings.engine());
    boolean changelog = settings.bench("changelog", "yes").equals("yes");
    StreamApplication app = descriptor -> describe(descriptor, changelog);
    LocalApplicationRunner runner = new LocalApplicationRunner(app, new MapConfig(config));
    runner.run();
    runner.waitForFinish();
  }
}
