package peers;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.split;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/**
 * The paper's Figure 1 on Spark Structured Streaming, writing to a topic. Names in the settings
 * file are Spark's own; "source." and "sink." ones are options of the two Kafka ends.
 */
public final class SparkWordCount {
  public static void main(String[] args) throws Exception {
    Settings settings = new Settings(args[0]);
    String state = Settings.stateFolder();
    var builder = SparkSession.builder()
        .master(settings.bench("master", "local[2]"))
        .appName("word count")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", state + "/local")
        .config("spark.sql.warehouse.dir", state + "/warehouse");
    settings.engine("source.", "sink.").forEach(builder::config);
    SparkSession session = builder.getOrCreate();
    session.sparkContext().setLogLevel("ERROR");
    Dataset<Row> counts = session.readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", Settings.bootstrap())
        .option("subscribe", Settings.INPUT)
        .option("startingOffsets", "earliest")
        .options(settings.under("source."))
        .load()
        .selectExpr("CAST(value AS STRING) AS value")
        .select(explode(split(col("value"), " ")).alias("word"))
        .groupBy("word")
        .count();
    counts.selectExpr("word AS key", "CAST(count AS STRING) AS value")
        .writeStream()
        .outputMode(settings.bench("output_mode", "update"))
        .trigger(Trigger.ProcessingTime(Long.parseLong(settings.bench("trigger_ms", "0"))))
        .format("kafka")
        .option("kafka.bootstrap.servers", Settings.bootstrap())
        .option("topic", Settings.OUTPUT)
        .options(settings.under("sink."))
        .option("checkpointLocation", state + "/checkpoint")
        .start()
        .awaitTermination();
  }
}
