package peers;

import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutOpaque;
import org.apache.storm.kafka.trident.TridentKafkaStateFactory;
import org.apache.storm.kafka.trident.TridentKafkaStateUpdater;
import org.apache.storm.kafka.trident.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.kafka.trident.selector.DefaultTopicSelector;
import org.apache.storm.trident.TridentTopology;
import org.apache.storm.trident.operation.BaseFunction;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.operation.builtin.Count;
import org.apache.storm.trident.testing.MemoryMapState;
import org.apache.storm.trident.tuple.TridentTuple;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;

/** The word count on Trident: an opaque spout, batches, counts in a map in memory. */
final class TridentWordCount {
  public static final class Split extends BaseFunction {
    @Override
    public void execute(TridentTuple line, TridentCollector out) {
      for (String word : line.getStringByField("value").split(" ")) out.emit(new Values(word));
    }
  }

  public static final class AsText extends BaseFunction {
    @Override
    public void execute(TridentTuple count, TridentCollector out) {
      out.emit(new Values(Long.toString(count.getLong(0))));
    }
  }

  static StormTopology topology(Settings settings) {
    var spout = KafkaTridentSpoutConfig.builder(Settings.bootstrap(), Settings.INPUT)
        .setProp("group.id", Settings.appId())
        .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST);
    settings.under("consumer.").forEach(spout::setProp);
    var sink = new TridentKafkaStateFactory<String, String>()
        .withProducerProperties(StormWordCount.producer(settings))
        .withKafkaTopicSelector(new DefaultTopicSelector(Settings.OUTPUT))
        .withTridentTupleToKafkaMapper(
            new FieldNameBasedTupleToKafkaMapper<String, String>("word", "text"));
    TridentTopology topology = new TridentTopology();
    topology.newStream("in", new KafkaTridentSpoutOpaque<>(spout.build()))
        .parallelismHint(1)
        .each(new Fields("value"), new Split(), new Fields("word"))
        .project(new Fields("word"))
        .groupBy(new Fields("word"))
        .persistentAggregate(new MemoryMapState.Factory(), new Count(), new Fields("count"))
        .parallelismHint(2)
        .newValuesStream()
        .each(new Fields("count"), new AsText(), new Fields("text"))
        .partitionPersist(sink, new Fields("word", "text"), new TridentKafkaStateUpdater<>(),
            new Fields());
    return topology.build();
  }
}
