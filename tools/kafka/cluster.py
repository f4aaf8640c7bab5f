"""Several brokers that are one cluster: `broker.py with --nodes 3`.

Each is broker and controller, in folder 1, 2, … of the cluster's; its place.json says which node it
is, so that it can be killed and started again by itself. One alone does not listen: there is no
majority.
"""

import json
import pathlib
import shutil
import signal


class Cluster:
    def __init__(self, folder, nodes, free_port):
        self.folder = pathlib.Path(folder).resolve()
        self.nodes = nodes
        self.free_port = free_port
        self.log = nodes[0].log

    def start(self):
        controllers = [self.free_port() for _ in self.nodes]
        for number, node in enumerate(self.nodes, 1):
            shutil.rmtree(node.folder, ignore_errors=True)
            node.folder.mkdir(parents=True)
            place = {"node": number, "controllers": controllers}
            node.place_file.write_text(json.dumps(place))
        try:
            for node, java in [(node, node.launch()) for node in self.nodes]:
                node.wait_for(java)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for node in self.nodes:
            node.stop(signal.SIGKILL)  # asked one by one, the last would wait for a majority

    def environment(self):
        addresses = ",".join(node.address() for node in self.nodes)
        return {"VITRINE_KAFKA": addresses, "VITRINE_KAFKA_FOLDER": str(self.folder)}
