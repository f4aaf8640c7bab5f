// What GET /v1/ops/topology and the channel ops.topology tell; absent means default.

export interface TopologyTopic {
  id: string; name: string; key_type?: string; value_type?: string; partitions?: number;
  durable?: boolean; dead_letters?: boolean;
}
export interface TopologyState { name: string; key_type?: string; value_type?: string }
export interface TopologyOperator {
  id: string; kind: string; detail?: string; states?: TopologyState[];
}
export type Way = "reads" | "passes" | "writes" | "dead_letters" | "looks_up";
export interface TopologyEdge { id: string; from: string; to: string; way: Way }
export interface TopologyApp {
  name: string; topics?: TopologyTopic[]; operators?: TopologyOperator[]; edges?: TopologyEdge[];
}
export interface TopologyMap { apps?: TopologyApp[] }

export interface AppFigures {
  app: string; topics?: number[]; waiting?: number[]; edges?: number[]; states?: number[];
  epochs?: number; records?: number; dead_letters?: number; lag_positions?: number;
  commit_p50_ms?: number; commit_p99_ms?: number; sync_p50_ms?: number; sync_p99_ms?: number;
  stream_time_ms?: number; cache_bytes?: number; cache_hits?: number; cache_misses?: number;
  checkpoint_age_s?: number; shards?: number; storage_full?: boolean; committed_position?: number;
}
export interface TopologyFigures { map: string; at_ms: number; apps?: AppFigures[] }
export interface Topology { map: TopologyMap; figures: TopologyFigures }
