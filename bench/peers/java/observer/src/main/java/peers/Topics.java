package peers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The input and output topics, four partitions each; record i of the input is in i mod 4. */
final class Topics implements AutoCloseable {
  static final String IN = "user-activity";
  static final String OUT = "word-counts";
  static final int PARTITIONS = 4;
  static final long SEED = 42;

  private final String servers;
  private final Admin admin;

  Topics(String servers) {
    this.servers = servers;
    this.admin = Admin.create(properties());
  }

  @Override
  public void close() {
    admin.close();
  }

  Properties properties(Object... pairs) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", servers);
    for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], pairs[i + 1]);
    return properties;
  }

  static List<TopicPartition> partitions(String topic) {
    List<TopicPartition> all = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) all.add(new TopicPartition(topic, i));
    return all;
  }

  /** Deletes what earlier runs left, the engines' own topics too, and makes input and output. */
  String renew(boolean keepInput) throws Exception {
    List<String> gone = new ArrayList<>();
    for (String topic : admin.listTopics().names().get())
      if (!topic.startsWith("__") && !(keepInput && topic.equals(IN))) gone.add(topic);
    if (!gone.isEmpty()) admin.deleteTopics(gone).all().get();
    Set<String> left = Set.of();
    for (int i = 0; i < 300; i++) {
      left = admin.listTopics().names().get();
      if (Collections.disjoint(left, gone)) break;
      Thread.sleep(100);
    }
    Thread.sleep(300);
    if (!left.contains(IN)) create(IN);
    create(OUT);
    return "{\"input\":" + sum(IN, false) + "}";
  }

  /** A topic that is listed no more may still be going: its name is free a moment later. */
  private void create(String topic) throws Exception {
    for (int left = 100; ; left--) {
      try {
        admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
        return;
      } catch (ExecutionException error) {
        if (!(error.getCause() instanceof TopicExistsException) || left == 0) throw error;
        Thread.sleep(100);
      }
    }
  }

  String load(long count) throws Exception {
    long there = sum(IN, false);
    if (there == count) return "{\"loaded\":" + count + "}";
    if (there != 0) renew(false);
    Gen gen = new Gen(SEED);
    try (var producer = new KafkaProducer<byte[], byte[]>(
        properties("linger.ms", "20", "batch.size", "262144", "acks", "all"),
        new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long i = 0; i < count; i++)
        producer.send(
            new ProducerRecord<>(IN, (int) (i % PARTITIONS), null, gen.record(i, null)));
    }
    there = sum(IN, false);
    if (there != count) throw new IllegalStateException("loaded " + there + " of " + count);
    return "{\"loaded\":" + count + "}";
  }

  private long sum(String topic, boolean committed) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (TopicPartition partition : partitions(topic)) asked.put(partition, OffsetSpec.latest());
    var options = new ListOffsetsOptions(
        committed ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED);
    long sum = 0;
    for (var end : admin.listOffsets(asked, options).all().get().values()) sum += end.offset();
    return sum;
  }

  String ends() throws Exception {
    return String.format(
        Locale.ROOT, "{\"committed\":%d,\"written\":%d}", sum(OUT, true), sum(OUT, false));
  }
}
