package peers;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.storm.Config;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.kafka.bolt.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.kafka.bolt.selector.DefaultTopicSelector;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.kafka.spout.KafkaSpoutConfig.ProcessingGuarantee;
import org.apache.storm.topology.BasicOutputCollector;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseBasicBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/**
 * The word count on Storm, in a cluster within the process; counts in the bolts' memory, as Storm
 * keeps no state. "bench.mode" is storm (at least once), storm-noack (at most once) or trident.
 * Names in the settings file are Storm's own, "consumer." and "producer." ones those of its Kafka
 * ends.
 */
public final class StormWordCount {
  public static final class Split extends BaseBasicBolt {
    @Override
    public void execute(Tuple line, BasicOutputCollector out) {
      for (String word : line.getStringByField("value").split(" ")) out.emit(new Values(word));
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      declarer.declare(new Fields("key"));
    }
  }

  public static final class Count extends BaseBasicBolt {
    private final HashMap<String, Long> counts = new HashMap<>();

    @Override
    public void execute(Tuple tuple, BasicOutputCollector out) {
      String word = tuple.getString(0);
      out.emit(new Values(word, Long.toString(counts.merge(word, 1L, Long::sum))));
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      declarer.declare(new Fields("key", "value"));
    }
  }

  static Properties producer(Settings settings) {
    Properties config = new Properties();
    config.put("bootstrap.servers", Settings.bootstrap());
    config.put("acks", "all");
    config.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    config.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    config.putAll(settings.under("producer."));
    return config;
  }

  static StormTopology storm(Settings settings, boolean acks) {
    var spout = KafkaSpoutConfig.builder(Settings.bootstrap(), Settings.INPUT)
        .setProp("group.id", Settings.appId())
        .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
        .setOffsetCommitPeriodMs(Long.parseLong(settings.bench("offset_commit_ms", "30000")))
        .setProcessingGuarantee(
            acks ? ProcessingGuarantee.AT_LEAST_ONCE : ProcessingGuarantee.NO_GUARANTEE);
    settings.under("consumer.").forEach(spout::setProp);
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("in", new KafkaSpout<>(spout.build()), 1);
    builder.setBolt("split", new Split(), 1).localOrShuffleGrouping("in");
    builder.setBolt("count", new Count(), 2).fieldsGrouping("split", new Fields("key"));
    builder.setBolt("out",
        new KafkaBolt<String, String>()
            .withProducerProperties(producer(settings))
            .withTopicSelector(new DefaultTopicSelector(Settings.OUTPUT))
            .withTupleToKafkaMapper(new FieldNameBasedTupleToKafkaMapper<>("key", "value")), 1)
        .localOrShuffleGrouping("count");
    return builder.createTopology();
  }

  /** Storm wants numbers as numbers. */
  static Object typed(String value) {
    if (value.matches("-?\\d+")) return Integer.parseInt(value);
    return value.matches("true|false") ? (Object) Boolean.parseBoolean(value) : value;
  }

  public static void main(String[] args) throws Exception {
    Settings settings = new Settings(args[0]);
    String mode = settings.bench("mode", "storm");
    Config config = new Config();
    config.setNumWorkers(1);
    config.put(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, 300);
    for (Map.Entry<String, String> one : settings.engine("consumer.", "producer.").entrySet())
      config.put(one.getKey(), typed(one.getValue()));
    StormTopology topology = mode.equals("trident")
        ? TridentWordCount.topology(settings)
        : storm(settings, mode.equals("storm"));
    LocalCluster cluster = new LocalCluster();
    cluster.submitTopology("wordcount", config, topology);
    Thread.sleep(Long.MAX_VALUE);
  }
}
