package interop;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Kafka Streams beside a program of ours, exactly once: each count that ours emits is written on,
 * with its partition, timestamp and correlation as Java sees them. Keys and headers stay.
 *
 * <p>Arguments: brokers, application id, our topic, the topic it makes and writes to, state folder.
 * Ends when standard input does.
 */
public final class Tags {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put("consumer.auto.offset.reset", "earliest");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
      admin.createTopics(List.of(new NewTopic(args[3], 8, (short) 1))).all().get();
    }
    StreamsBuilder builder = new StreamsBuilder();
    builder.<String, String>stream(args[2]).processValues(Tagger::new).to(args[3]);
    try (KafkaStreams streams = new KafkaStreams(builder.build(), config)) {
      streams.setUncaughtExceptionHandler(
          error -> {
            error.printStackTrace();
            return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.start();
      System.in.readAllBytes();
      streams.close(Duration.ofSeconds(20));
    }
  }

  private static final class Tagger extends ContextualFixedKeyProcessor<String, String, String> {
    @Override
    public void process(FixedKeyRecord<String, String> count) {
      Header header = count.headers().lastHeader("vt-correlation");
      String who = header == null ? "-" : new String(header.value(), StandardCharsets.UTF_8);
      int partition = context().recordMetadata().orElseThrow().partition();
      context().forward(
          count.withValue(count.value() + " " + partition + " " + count.timestamp() + " " + who));
    }
  }
}
