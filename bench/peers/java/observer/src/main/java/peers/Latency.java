package peers;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Open loop: record i is due at start + i / rate whatever happened before, and its first word is a
 * marker "@i". Latency is from when it was due to when the marker's update is read, committed; so a
 * stall, of the engine or of the generator, is charged to every record it delays.
 */
final class Latency {
  private static final long PATIENCE_S = 20;
  private static final long READY_S = 240;

  private final Topics topics;
  private final int rate;
  private final int total;
  private final int skip;
  private final long[] seen;
  private long start;
  private long updates;
  private int left;

  Latency(Topics topics, int rate, int warm, int run) {
    this.topics = topics;
    this.rate = rate;
    this.total = rate * (warm + run);
    this.skip = rate * warm;
    this.seen = new long[total];
    this.left = total;
  }

  private long due(int i) {
    return start + i * 1_000_000_000L / rate;
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(topics.properties("linger.ms", "0", "acks", "all"),
        new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Waits until a word from every partition has come back: then the engine is up. */
  private void ready(KafkaConsumer<byte[], byte[]> consumer) {
    Set<String> waiting = new HashSet<>();
    for (int i = 0; i < Topics.PARTITIONS; i++) waiting.add("!ready" + i);
    long until = System.nanoTime() + READY_S * 1_000_000_000L;
    try (var producer = producer()) {
      while (!waiting.isEmpty()) {
        if (System.nanoTime() > until)
          throw new IllegalStateException("no word came back within " + READY_S + " s");
        for (int i = 0; i < Topics.PARTITIONS; i++)
          producer.send(new ProducerRecord<>(Topics.IN, i, null, ("!ready" + i).getBytes()));
        for (var update : consumer.poll(Duration.ofMillis(500)))
          if (update.key() != null) waiting.remove(new String(update.key()));
      }
    }
  }

  private void send() {
    Gen gen = new Gen(Topics.SEED);
    start = System.nanoTime() + 100_000_000L;
    try (var producer = producer()) {
      for (int i = 0; i < total; i++) {
        byte[] record = gen.record(i, "@" + i);
        for (long wait; (wait = due(i) - System.nanoTime()) > 0; ) LockSupport.parkNanos(wait);
        producer.send(new ProducerRecord<>(Topics.IN, i % Topics.PARTITIONS, null, record));
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> update, long now) {
    updates++;
    byte[] key = update.key();
    if (key == null || key.length < 2 || key[0] != '@') return;
    int i = 0;
    for (int at = 1; at < key.length; at++) i = i * 10 + key[at] - '0';
    if (seen[i] != 0) return;
    seen[i] = now;
    left--;
  }

  String run() throws Exception {
    try (var consumer = new KafkaConsumer<>(
        topics.properties("isolation.level", "read_committed", "max.poll.records", "5000",
            "fetch.max.bytes", "20000000"),
        new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = Topics.partitions(Topics.OUT);
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      for (TopicPartition partition : partitions) consumer.position(partition);
      ready(consumer);
      Thread sender = new Thread(this::send);
      sender.start();
      long until = System.nanoTime() + (total / rate + PATIENCE_S) * 1_000_000_000L;
      while (left > 0 && System.nanoTime() < until) {
        var updates = consumer.poll(Duration.ofMillis(100));
        long now = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> update : updates) take(update, now);
      }
      sender.join();
    }
    return report();
  }

  private String report() {
    long[] latencies = new long[total - skip];
    int count = 0;
    for (int i = skip; i < total; i++)
      if (seen[i] != 0) latencies[count++] = seen[i] - due(i);
    long[] sorted = Arrays.copyOf(latencies, count);
    Arrays.sort(sorted);
    return String.format(Locale.ROOT,
        "{\"rate\":%d,\"measured\":%d,\"missing\":%d,\"updates\":%d,\"p50_ms\":%.3f,"
            + "\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f}",
        rate, count, total - skip - count, updates, at(sorted, .5), at(sorted, .9),
        at(sorted, .99), at(sorted, .999), at(sorted, 1));
  }

  private static double at(long[] sorted, double share) {
    if (sorted.length == 0) return -1;
    return sorted[(int) (share * (sorted.length - 1))] / 1e6;
  }
}
