package interop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes lines as a Java program does: keys, timestamps and headers of its own, the default
 * partitioner, in transactions. The first is committed and the second aborted; both are on the
 * broker. The third stays open until standard input ends, and is aborted then.
 *
 * <p>Arguments: brokers, topic, how many lines a transaction.
 */
public final class Lines {
  static final long TIME = 1_600_000_000_000L;

  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[0]);
    config.put("transactional.id", args[1] + ".java");
    config.put("transaction.timeout.ms", "120000");
    int count = Integer.parseInt(args[2]);
    StringSerializer text = new StringSerializer();
    try (var producer = new KafkaProducer<String, String>(config, text, text)) {
      producer.initTransactions();
      for (String word : List.of("committed", "aborted", "open")) {
        producer.beginTransaction();
        for (int i = 0; i < count; i++) {
          List<Header> headers =
              List.of(header("vt-correlation", word + i), header("from", "java"));
          String line = word + " " + word + i;
          producer.send(
              new ProducerRecord<>(args[1], null, TIME + i, "key" + i % 16, line, headers));
        }
        producer.flush();
        if (word.equals("committed")) producer.commitTransaction();
        if (word.equals("aborted")) producer.abortTransaction();
      }
      System.out.println("open");
      System.in.readAllBytes();
      producer.abortTransaction();
    }
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
