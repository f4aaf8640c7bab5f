package peers;

import java.io.BufferedReader;
import java.io.InputStreamReader;

/**
 * Who loads the topics and looks at what comes out, beside every engine alike: a process that is
 * warm before the first engine starts. Takes a command a line and answers each with one line of
 * JSON; "error" in it says what went wrong.
 *
 * <pre>
 *   topics [keep-input]     empty topics; the input stays if told
 *   load N                  N records in the input, unless they are there
 *   ends                    the output's committed end and its high watermark, all partitions
 *   verify N                the committed output against the truth after N records
 *   latency RATE WARM RUN   open loop, seconds
 *   traffic PID             messages and bytes the broker has taken since its start, by topic
 *   digest N                SHA-256 of the first N records, a line end after each
 * </pre>
 */
public final class Observer {
  static String answer(Topics topics, String[] words) throws Exception {
    return switch (words[0]) {
      case "topics" -> topics.renew(words.length > 1);
      case "load" -> topics.load(Long.parseLong(words[1]));
      case "ends" -> topics.ends();
      case "verify" -> Verify.run(topics, Long.parseLong(words[1]));
      case "latency" -> new Latency(topics, Integer.parseInt(words[1]), Integer.parseInt(words[2]),
          Integer.parseInt(words[3])).run();
      case "traffic" -> Traffic.of(words[1]);
      case "digest" -> Verify.digest(Long.parseLong(words[1]));
      default -> throw new IllegalArgumentException("no such command: " + words[0]);
    };
  }

  static String quoted(String text) {
    return '"' + text.replace('\\', '/').replace('"', '\'').replaceAll("\\s+", " ") + '"';
  }

  public static void main(String[] args) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    try (Topics topics = new Topics(args[0])) {
      for (String line; (line = commands.readLine()) != null; ) {
        String told;
        try {
          told = answer(topics, line.strip().split(" +"));
        } catch (Exception error) {
          told = "{\"error\":" + quoted(line + ": " + error) + "}";
        }
        System.out.println(told);
        System.out.flush();
      }
    }
  }
}
