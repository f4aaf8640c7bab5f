package interop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Gives rights and takes them, as its standard input says: lines of "add" or "remove", a user, a
 * kind ("topic", "group", "transactional_id"), a name and an operation. Says "done" after each.
 */
public final class Rights {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        var pattern =
            new ResourcePattern(ResourceType.fromString(words[2]), words[3], PatternType.LITERAL);
        var entry =
            new AccessControlEntry(
                "User:" + words[1],
                "*",
                AclOperation.fromString(words[4]),
                AclPermissionType.ALLOW);
        var binding = new AclBinding(pattern, entry);
        if (words[0].equals("add")) {
          admin.createAcls(List.of(binding)).all().get();
        } else {
          admin.deleteAcls(List.of(binding.toFilter())).all().get();
        }
        System.out.println("done");
      }
    }
  }
}
