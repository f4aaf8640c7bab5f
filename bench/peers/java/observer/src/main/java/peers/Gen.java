package peers;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;

/**
 * Deterministic text: record i of a seed is the same in every language, as it needs only IEEE
 * addition, multiplication and division, and SplitMix64. bench/peers/generator.h is its twin.
 */
public final class Gen {
  public static final int VOCABULARY = 100_000;
  private final long seed;
  final byte[][] words = new byte[VOCABULARY][];
  final int[] drawn = new int[16];
  private final double[] sums = new double[VOCABULARY];
  private final int[] nearby = new int[65537];

  static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** 3 to 9 small letters. */
  static String wordOf(long number) {
    int length = 3 + (int) Long.remainderUnsigned(number, 7);
    long rest = number >>> 3;
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.append((char) ('a' + Long.remainderUnsigned(rest, 26)));
      rest = Long.divideUnsigned(rest, 26);
    }
    return word.toString();
  }

  public Gen(long seed) {
    this.seed = seed;
    HashSet<String> taken = new HashSet<>();
    double sum = 0;
    for (int rank = 0; rank < VOCABULARY; rank++) {
      sum += 1.0 / (rank + 1);
      sums[rank] = sum;
      long number = mix(rank);
      String word = wordOf(number);
      while (!taken.add(word)) { // a word that is there already draws again
        number = mix(number);
        word = wordOf(number);
      }
      words[rank] = word.getBytes(StandardCharsets.US_ASCII);
    }
    int rank = 0;
    for (int step = 0; step <= 65536; step++) {
      double at = step / 65536.0 * sum;
      while (rank < VOCABULARY - 1 && sums[rank] <= at) rank++;
      nearby[step] = rank;
    }
  }

  /** Draws record i's ranks into drawn; returns how many: 6 to 14, 10 on average. */
  public int draw(long i) {
    long number = mix(seed * 0x2545F4914F6CDD1DL + i);
    int count = 6 + (int) Long.remainderUnsigned(number, 9);
    for (int j = 0; j < count; j++) {
      number = mix(number);
      double share = (number >>> 11) * 0x1.0p-53;
      double at = share * sums[VOCABULARY - 1];
      int rank = nearby[(int) (share * 65536.0)];
      while (rank > 0 && sums[rank - 1] > at) rank--;
      while (rank < VOCABULARY - 1 && sums[rank] <= at) rank++;
      drawn[j] = rank;
    }
    return count;
  }

  /** Record i; a marker, unless null, is its first word, before those drawn. */
  public byte[] record(long i, String marker) {
    StringBuilder text = new StringBuilder(marker == null ? "" : marker);
    int count = draw(i);
    for (int j = 0; j < count; j++) {
      if (text.length() > 0) text.append(' ');
      for (byte letter : words[drawn[j]]) text.append((char) letter);
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
