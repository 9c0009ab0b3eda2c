package dev.tailrace.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Refuses fields that Kubernetes does not know, and wants those that it needs. */
final class StrictKubernetes {

    private interface Check {
        void validate(JsonElement document) throws IOException;
    }

    private static final Map<String, Check> KINDS = Map.of(
            "v1/ConfigMap", V1ConfigMap::validateJsonElement,
            "v1/Secret", V1Secret::validateJsonElement,
            "v1/Service", V1Service::validateJsonElement,
            "v1/ServiceAccount", V1ServiceAccount::validateJsonElement,
            "v1/Pod", V1Pod::validateJsonElement,
            "apps/v1/Deployment", V1Deployment::validateJsonElement,
            "policy/v1/PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
            "networking.k8s.io/v1/Ingress", V1Ingress::validateJsonElement,
            "networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy::validateJsonElement,
            "autoscaling/v2/HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::validateJsonElement);

    /** The fields below {@code spec} of kinds that are no part of Kubernetes. */
    private static final Map<String, Set<String>> EXTENSIONS = Map.of(
            "gateway.networking.k8s.io/v1/HTTPRoute", Set.of("parentRefs", "hostnames", "rules"),
            "monitoring.coreos.com/v1/ServiceMonitor", Set.of("selector", "endpoints"),
            "monitoring.coreos.com/v1/PrometheusRule", Set.of("groups"));

    private StrictKubernetes() {}

    static void validate(Chart.Node document) {
        String kind = document.text("apiVersion") + "/" + document.text("kind");
        if (EXTENSIONS.containsKey(kind)) {
            if (!EXTENSIONS.get(kind).containsAll(document.map("spec").keySet())) {
                throw new AssertionError(kind + ": " + document.map("spec").keySet());
            }
            return;
        }
        Check check = KINDS.get(kind);
        if (check == null) {
            throw new AssertionError("a kind that the chart should not have: " + kind);
        }
        try {
            check.validate(new Gson().toJsonTree(document.value()));
        } catch (IOException | IllegalArgumentException refused) {
            throw new AssertionError(
                    kind + " " + document.text("metadata.name") + ": " + refused.getMessage(), refused);
        }
    }
}
