package peers;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads the whole committed output and holds each word's last count against the truth. "lost" and
 * "doubled" are how many words were counted too rarely or too often, over all words; "low" and
 * "high" how many different words that concerns; "repeated" are updates that did not raise their
 * word's count, so a reader saw them twice.
 */
final class Verify {
  private final long[] wanted = new long[Gen.VOCABULARY];
  private final long[] last = new long[Gen.VOCABULARY];
  private final Map<String, Integer> ranks = new HashMap<>();
  private long words;
  private long updates;
  private long repeated;
  private long alien;

  private Verify(long records) {
    Gen gen = new Gen(Topics.SEED);
    for (long i = 0; i < records; i++) {
      int count = gen.draw(i);
      words += count;
      for (int j = 0; j < count; j++) wanted[gen.drawn[j]]++;
    }
    for (int rank = 0; rank < Gen.VOCABULARY; rank++)
      ranks.put(new String(gen.words[rank], StandardCharsets.US_ASCII), rank);
  }

  static String run(Topics topics, long records) {
    Verify verify = new Verify(records);
    verify.read(topics);
    return verify.report();
  }

  private void read(Topics topics) {
    try (var consumer = new KafkaConsumer<>(
        topics.properties("isolation.level", "read_committed", "max.poll.records", "10000",
            "fetch.max.bytes", "20000000"),
        new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> partitions = Topics.partitions(Topics.OUT);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p)))
        for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(200))) add(one);
    }
  }

  private void add(ConsumerRecord<String, String> update) {
    updates++;
    Integer rank = ranks.get(update.key());
    if (rank == null) {
      alien++;
      return;
    }
    long count = Long.parseLong(update.value());
    if (count <= last[rank]) repeated++;
    last[rank] = Math.max(last[rank], count);
  }

  private String report() {
    long counted = 0, low = 0, high = 0, lost = 0, doubled = 0;
    for (int rank = 0; rank < Gen.VOCABULARY; rank++) {
      long more = last[rank] - wanted[rank];
      counted += last[rank];
      if (more < 0) low++;
      if (more > 0) high++;
      lost += Math.max(-more, 0);
      doubled += Math.max(more, 0);
    }
    return String.format(Locale.ROOT,
        "{\"words\":%d,\"counted\":%d,\"updates\":%d,\"low\":%d,\"high\":%d,\"lost\":%d,"
            + "\"doubled\":%d,\"repeated\":%d,\"alien\":%d,\"exact\":%b}",
        words, counted, updates, low, high, lost, doubled, repeated, alien,
        low == 0 && high == 0 && alien == 0);
  }

  static String digest(long records) throws Exception {
    Gen gen = new Gen(Topics.SEED);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (long i = 0; i < records; i++) {
      digest.update(gen.record(i, null));
      digest.update((byte) '\n');
    }
    return "{\"sha256\":\"" + HexFormat.of().formatHex(digest.digest()) + "\"}";
  }
}
