package peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A settings file of the comparison: "name = value" lines and comments. Names that begin with
 * "bench." are for the program around the engine, the others go to the engine as they stand.
 */
public final class Settings {
  public static final String INPUT = "user-activity";
  public static final String OUTPUT = "word-counts";

  private final Map<String, String> all = new TreeMap<>();

  public Settings(String path) throws IOException {
    Properties read = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(path))) {
      read.load(reader);
    }
    read.forEach((name, value) -> all.put((String) name, ((String) value).strip()));
  }

  public String bench(String name, String otherwise) {
    return all.getOrDefault("bench." + name, otherwise);
  }

  /** What begins with the prefix, without it. */
  public Map<String, String> under(String prefix) {
    Map<String, String> found = new TreeMap<>();
    all.forEach((name, value) -> {
      if (name.startsWith(prefix)) found.put(name.substring(prefix.length()), value);
    });
    return found;
  }

  /** What belongs to nobody else: neither "bench." nor one of the prefixes. */
  public Map<String, String> engine(String... prefixes) {
    Map<String, String> found = new TreeMap<>(all);
    found.keySet().removeIf(name -> name.startsWith("bench."));
    for (String prefix : prefixes) found.keySet().removeIf(name -> name.startsWith(prefix));
    return found;
  }

  /** The same for a run and the restart after its kill: names of groups and transactions. */
  public static String appId() {
    return environment("APP_ID");
  }

  public static String bootstrap() {
    return environment("BOOTSTRAP");
  }

  /** A folder that stays between a run and the restart after its kill. */
  public static String stateFolder() {
    return environment("STATE_DIR");
  }

  private static String environment(String name) {
    String value = System.getenv(name);
    if (value == null) throw new IllegalStateException("set " + name + " in the environment");
    return value;
  }
}
