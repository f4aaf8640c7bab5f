package peers;

import com.sun.tools.attach.VirtualMachine;
import java.util.Locale;
import java.util.TreeMap;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * What a broker on this machine has taken since it started, by its own counters. Files and offsets
 * would not do: engines delete from the topics between their steps while they run.
 */
final class Traffic {
  private static final String COUNTER = "kafka.server:type=BrokerTopicMetrics,name=";

  static String of(String pid) throws Exception {
    VirtualMachine broker = VirtualMachine.attach(pid);
    String url;
    try {
      url = broker.startLocalManagementAgent();
    } finally {
      broker.detach();
    }
    try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      StringBuilder topics = new StringBuilder();
      TreeMap<String, Long> messages = new TreeMap<>();
      for (ObjectName name : beans.queryNames(new ObjectName(COUNTER + "MessagesInPerSec,*"), null))
        if (name.getKeyProperty("topic") != null)
          messages.put(name.getKeyProperty("topic"), count(beans, name));
      for (var topic : messages.entrySet()) {
        var bytes = new ObjectName(COUNTER + "BytesInPerSec,topic=" + topic.getKey());
        topics.append(String.format(Locale.ROOT, "%s%s:[%d,%d]", topics.length() > 0 ? "," : "",
            Observer.quoted(topic.getKey()), topic.getValue(),
            beans.isRegistered(bytes) ? count(beans, bytes) : 0));
      }
      return String.format(Locale.ROOT, "{\"messages\":%d,\"bytes\":%d,\"topics\":{%s}}",
          count(beans, new ObjectName(COUNTER + "MessagesInPerSec")),
          count(beans, new ObjectName(COUNTER + "BytesInPerSec")), topics);
    }
  }

  private static long count(MBeanServerConnection beans, ObjectName name) throws Exception {
    return (Long) beans.getAttribute(name, "Count");
  }
}
