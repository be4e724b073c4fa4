from aws_cdk import App, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk.aws_secretsmanager import Secret
from cdk_collate_hybrid_runner import HybridRunner, RunnerCluster, RunnerImages

app = App()
stack = Stack(app, "CollateRunner")

# A cluster that another stack made, and its kubectl handler.
cluster = eks.Cluster.from_cluster_attributes(
    stack, "Cluster",
    cluster_name="data-platform",
    kubectl_provider=eks.KubectlProvider.from_kubectl_provider_attributes(
        stack, "Kubectl",
        service_token="arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl",
    ),
)

HybridRunner(
    stack, "Runner",
    cluster=RunnerCluster.from_eks_v2(cluster, access_entry=True),
    agent_id="aws-prod",
    server_host="acme.getcollate.io",
    auth_token=Secret.from_secret_name_v2(stack, "Token", "collate/runner-token"),
    images=RunnerImages.from_collate_registry(
        Secret.from_secret_name_v2(stack, "RegistryKeys", "collate/registry-keys")
    ),
)

app.synth()
