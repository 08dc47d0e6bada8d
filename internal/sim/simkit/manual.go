package simkit

import "net/http"

// Manual describes the control API, for people. It is what GET / answers.
const Manual = `The control API (JSON in, JSON out; no key):

GET /state
    What exists now: {"runpod": {"pods": [...], ...}, "vastai": {"instances": [...], ...}},
    with environments, what each object costs per hour and what it has cost.
GET /journal?since=N
    Every request after number N: n, platform, operation, method, path, status, at_ms.
POST /advance {"seconds": 3600}
    Moves the clock of both marketplaces forward: machines boot, bills run.
POST /reset
    Back to the state just after the start; journal and faults are forgotten.
POST /faults {"platform": "runpod", "operation": "createPod", "kind": "drop_after", "times": 1}
    Makes requests fail. Which: "operation" (an operationId), or "method" and "path" (a prefix);
    "skip" lets so many pass first, "times" 0 is for ever. How, by "kind":
      drop_before  the connection breaks before anything was done
      drop_after   the work is done, the answer is lost
      status       answers "status", with "body" if given
      delay        the work is done at once, the answer comes "delay_ms" later
      truncate     half of the answer
      html         a gateway's page, with "status" if given
      empty_list   a list without its items
DELETE /faults
    Removes every fault.
POST /market {"action": "reprice", "factor": 1.5}
    Changes the market; "platform" restricts it to one. Actions:
      reprice      list prices times "factor"; gpu, cloud (RunPod), offer_id, machine_id (Vast.ai)
                   select, everything without. What runs keeps its price.
      stock        RunPod: "level" NONE, LOW, MEDIUM or HIGH for gpu, cloud, data_center
      take_offer   Vast.ai: a stranger rents offer_id
      outbid       Vast.ai: a stranger bids above instance_id, by "factor" if given
      busy_host, host_offline, host_online
                   the host of instance_id (a pod's or an instance's id), or of
                   offer_id, machine_id (Vast.ai), gpu, data_center (RunPod)

What a person does in a console is done with the API itself. To stop a pod:
    curl -H "Authorization: Bearer $RUNPOD_API_KEY" -H 'Content-Type: application/json' \
      -d '{"action": "stop"}' $RUNPOD_BASE_URL/v2/pods/POD_ID/action
To stop an instance:
    curl -X PUT -H "Authorization: Bearer $VAST_API_KEY" -H 'Content-Type: application/json' \
      -d '{"state": "stopped"}' $VAST_URL/api/v0/instances/INSTANCE_ID/
`

func getManual(w http.ResponseWriter, _ *http.Request) {
	Write(w, http.StatusOK, "text/plain; charset=utf-8", []byte(Manual))
}
