package peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The word count on Flink, in a cluster within the process. Names in the settings file are Flink's
 * own, "producer." ones the Kafka sink's. A new start goes on from the newest checkpoint in the
 * state folder.
 */
public final class FlinkWordCount {
  static final class Count extends KeyedProcessFunction<String, String, Tuple2<String, Long>> {
    private transient ValueState<Long> count;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(String word, Context context, Collector<Tuple2<String, Long>> out)
        throws Exception {
      Long before = count.value();
      long now = before == null ? 1 : before + 1;
      count.update(now);
      out.collect(Tuple2.of(word, now));
    }
  }

  static final class Out implements KafkaRecordSerializationSchema<Tuple2<String, Long>> {
    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        Tuple2<String, Long> row, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(
          Settings.OUTPUT, row.f0.getBytes(), Long.toString(row.f1).getBytes());
    }
  }

  static Optional<Path> newestCheckpoint(String folder) throws Exception {
    try (var files = Files.walk(Path.of(folder))) {
      return files.filter(path -> path.endsWith("_metadata"))
          .max(Comparator.comparing(path -> path.toFile().lastModified()))
          .map(Path::getParent);
    }
  }

  public static void main(String[] args) throws Exception {
    Settings settings = new Settings(args[0]);
    Map<String, String> own = settings.engine("producer.", "consumer.");
    own.put("execution.checkpointing.storage", "filesystem");
    own.put("execution.checkpointing.dir", "file://" + Settings.stateFolder());
    own.put("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    newestCheckpoint(Settings.stateFolder())
        .ifPresent(path -> own.put("execution.state-recovery.path", "file://" + path));
    boolean exactlyOnce = "EXACTLY_ONCE".equals(own.get("execution.checkpointing.mode"));
    int parallelism = Integer.parseInt(settings.bench("parallelism", "2"));
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(
        parallelism, Configuration.fromMap(own));
    Properties producer = new Properties();
    producer.putAll(settings.under("producer."));
    Properties consumer = new Properties();
    consumer.putAll(settings.under("consumer."));
    var source = KafkaSource.<String>builder()
        .setBootstrapServers(Settings.bootstrap())
        .setTopics(Settings.INPUT)
        .setGroupId(Settings.appId())
        .setProperties(consumer)
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setValueOnlyDeserializer(new SimpleStringSchema())
        .build();
    var sink = KafkaSink.<Tuple2<String, Long>>builder()
        .setBootstrapServers(Settings.bootstrap())
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(new Out())
        .setDeliveryGuarantee(
            exactlyOnce ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE);
    if (exactlyOnce) sink.setTransactionalIdPrefix(Settings.appId());
    environment.fromSource(source, WatermarkStrategy.noWatermarks(), "in")
        .<String>flatMap((line, out) -> {
          for (String word : line.split(" ")) out.collect(word);
        })
        .returns(Types.STRING)
        .keyBy(word -> word)
        .process(new Count())
        .returns(Types.TUPLE(Types.STRING, Types.LONG))
        .sinkTo(sink.build());
    environment.execute("word count");
  }
}
