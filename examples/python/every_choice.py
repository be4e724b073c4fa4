"""Every choice there is, spread over five runners; one of them would not do in practice."""

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_logs import RetentionDays
from aws_cdk.aws_s3_assets import Asset
from aws_cdk.aws_secretsmanager import Secret
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sqs import Queue
from cdk_collate_hybrid_runner import (
    ArgoWorkflows,
    ChartSource,
    ContainerResources,
    CredentialSync,
    FunctionPlacement,
    GrafanaDashboardOptions,
    HybridRunner,
    IngestionIdentity,
    PodDisruptionBudgetOptions,
    PrometheusRulesOptions,
    ResourceQuantities,
    RunnerCluster,
    RunnerImages,
    RunnerMonitoring,
    RunnerNamespace,
    SecretsStore,
    ServiceMonitorOptions,
    Toleration,
)

KUBECTL_LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:kubectl:1"


def owned_cluster(stack: Stack) -> None:
    """A cluster of this app, the vendor's images, AWS Secrets Manager, Pod Identity, and all settings of pods."""
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = eks_v2.Cluster(
        stack, "Cluster",
        version=eks_v2.KubernetesVersion.V1_33,
        vpc=vpc,
        kubectl_provider_options=eks_v2.KubectlProviderOptions(
            kubectl_layer=lambda_.LayerVersion.from_layer_version_arn(stack, "KubectlLayer", KUBECTL_LAYER),
        ),
    )
    key = kms.Key(stack, "Key")
    notify = SnsAction(Topic(stack, "Alarms"))
    runner = HybridRunner(
        stack, "Runner",
        cluster=RunnerCluster.from_eks_v2(
            cluster,
            function_placement=FunctionPlacement.in_vpc(
                vpc=vpc,
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                security_groups=[ec2.SecurityGroup(stack, "SyncSecurityGroup", vpc=vpc)],
            ),
        ),
        agent_id="aws-prod",
        server_host="acme.getcollate.io",
        auth_token=Secret.from_secret_name_v2(stack, "Token", "collate/runner-token"),
        auth_token_field="jwt",
        images=RunnerImages.from_collate_registry(
            Secret.from_secret_name_v2(stack, "RegistryKeys", "collate/registry-keys"),
            registry_account="444455556666",
            registry_region="us-east-1",
            runner_tag="1.13.3",
            ingestion_tag="om-1.13.3",
        ),
        secrets_store=SecretsStore.aws_secrets_manager(path_prefix="/data", encryption_keys=[key]),
        identity=IngestionIdentity.pod_identity(install_agent=True, permissions_boundary=boundary(stack)),
        argo_workflows=ArgoWorkflows.install(namespace="argo"),
        namespace=RunnerNamespace.create("collate", removal_policy=RemovalPolicy.DESTROY),
        release_name="collate",
        chart_version="1.12.14",
        chart_source=ChartSource.repository("https://charts.example.com"),
        renewal_period=Duration.hours(1),
        renew_on_secret_change=True,
        monitoring=RunnerMonitoring.of(
            interval=Duration.minutes(10),
            alarm_actions=[notify],
            ok_actions=[notify],
            composite_alarm_actions=[notify],
            dashboard=True,
        ),
        replicas=1,
        runner_resources=ContainerResources(
            requests=ResourceQuantities(cpu="500m", memory="500Mi"),
            limits=ResourceQuantities(cpu="1", memory="1Gi"),
        ),
        ingestion_resources=ContainerResources(
            requests=ResourceQuantities(memory="8Gi"),
            limits=ResourceQuantities(memory="8Gi"),
        ),
        node_selector={"kubernetes.io/os": "linux"},
        tolerations=[
            Toleration(key="dedicated", operator="Equal", value="data", effect="NoExecute", duration=Duration.minutes(5))
        ],
        # Kubernetes' and the chart's own keys stay as they are written there.
        affinity={
            "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]}
        },
        pod_disruption_budget=PodDisruptionBudgetOptions(max_unavailable=1),
        pod_annotations={"team": "data"},
        common_labels={"team": "data"},
        ingestion_environment={"HTTPS_PROXY": "http://proxy.acme.io:3128"},
        ingestion_workflow_params={"tolerations": [{"key": "dedicated", "operator": "Exists"}]},
        ingestion_container_params={"env": [{"name": "LOG_LEVEL", "value": "DEBUG"}]},
        service_monitor=ServiceMonitorOptions(
            interval=Duration.minutes(1), labels={"release": "prometheus"}, annotations={"team": "data"}
        ),
        prometheus_rules=PrometheusRulesOptions(
            extra_rules=[{"alert": "RunnerDown", "expr": "up == 0", "for": "5m"}]
        ),
        grafana_dashboard=GrafanaDashboardOptions(
            namespace="grafana",
            folder_name="Data",
            instance_selector={"dashboards": "data"},
            labels={"team": "data"},
            allow_cross_namespace_import=True,
        ),
        values={
            "config": {"reconnectDelaySeconds": "10"},
            "podSecurityContext": {"runAsNonRoot": True, "runAsUser": 1000},
            "sidecars": [],
        },
        timeout=Duration.minutes(5),
        atomic=True,
        wait=True,
        reapply="2026-11-25",
        removal_policy=RemovalPolicy.RETAIN,
    )

    password = Secret.from_secret_name_v2(stack, "Password", "/elsewhere/redshift-password")
    runner.grant_secret_read(password)
    CfnOutput(stack, "PasswordField", value=runner.secret_reference(password))
    CfnOutput(stack, "RenewCommand", value=runner.renew_command)
    CfnOutput(stack, "StatusCommand", value=runner.status_command)
    CfnOutput(stack, "AnyAlarm", value=runner.composite_alarm.alarm_name)
    CfnOutput(stack, "ChartPin", value=HybridRunner.CHART_VERSION)
    CfnOutput(stack, "Names", value=f"{runner.namespace_name} {runner.release_name} {runner.service_account_name}")
    runner.metric_sync_succeeded(period=Duration.hours(4)).create_alarm(
        stack, "NotRenewed",
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
    )
    runner.metric_sync_failures().create_alarm(stack, "Failing", threshold=3, evaluation_periods=1)
    runner.metric_sync_duration().create_alarm(stack, "Slow", threshold=30, evaluation_periods=3)
    runner.metric_checks_failed().create_alarm(stack, "ChecksFailing", threshold=1, evaluation_periods=1)
    runner.metric_runner_connected().create_alarm(
        stack, "Disconnected",
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluation_periods=1,
    )
    runner.metric_seconds_to_expiry().create_alarm(
        stack, "Expiring",
        threshold=Duration.hours(2).to_seconds(),
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluation_periods=1,
    )
    runner.metric_jobs("failed").create_alarm(stack, "JobsFailing", threshold=1, evaluation_periods=1)
    CfnOutput(stack, "SyncFunction", value=runner.credential_sync.lambda_function.function_name)
    CfnOutput(stack, "SyncRole", value=runner.credential_sync.role.role_arn)
    CfnOutput(stack, "DeadLetters", value=runner.credential_sync.dead_letter_queue.queue_url)

    refuse_period(stack, cluster)


def imported_cluster(stack: Stack) -> None:
    """An existing cluster with two runners that share the function: a mirror, roles that are there, given secrets."""
    cluster = RunnerCluster.from_eks_v2(
        eks_v2.Cluster.from_cluster_attributes(
            stack, "Cluster",
            cluster_name="data-platform",
            kubectl_provider=eks_v2.KubectlProvider.from_kubectl_provider_attributes(
                stack, "Kubectl",
                service_token="arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl",
            ),
        ),
        access_entry=True,
        kubernetes_version="1.33",
        function_placement=FunctionPlacement.outside_vpc(),
    )
    auth_token = Secret.from_secret_name_v2(stack, "Token", "collate/runner-token")
    images = RunnerImages.from_mirror(
        runner_repository="111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/runner",
        ingestion_repository="111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/ingestion",
        runner_tag="1.13.3",
        ingestion_tag="1.13.3",
    )
    password = Secret.from_secret_name_v2(stack, "Password", "/data/redshift-password")
    credential_sync = CredentialSync(
        stack, "CredentialSync",
        cluster=cluster,
        encryption_key=kms.Key(stack, "Key"),
        permissions_boundary=boundary(stack),
        scheduler_role=iam.Role.from_role_arn(stack, "SchedulerRole", "arn:aws:iam::111122223333:role/scheduler"),
        dead_letter_queue=Queue(stack, "DeadLetters"),
        reserved_concurrent_executions=2,
        log_retention=RetentionDays.ONE_WEEK,
        tracing=lambda_.Tracing.ACTIVE,
    )
    CfnOutput(stack, "ClusterName", value=cluster.cluster_name)

    HybridRunner(
        stack, "Runner",
        cluster=cluster,
        auth_token=auth_token,
        images=images,
        agent_id="aws-prod",
        server_host="acme.getcollate.io",
        credential_sync=credential_sync,
        secrets_store=SecretsStore.aws_secrets_manager(secrets=[password]),
        identity=IngestionIdentity.pod_identity(
            role=iam.Role.from_role_arn(stack, "IngestionRole", "arn:aws:iam::111122223333:role/ingestion")
        ),
        argo_workflows=ArgoWorkflows.none(),
        namespace=RunnerNamespace.existing("collate"),
        chart_source=ChartSource.oci(
            "oci://111122223333.dkr.ecr.eu-central-1.amazonaws.com/hybrid-ingestion-runner"
        ),
    )
    HybridRunner(
        stack, "FinanceRunner",
        cluster=cluster,
        auth_token=auth_token,
        images=images,
        credential_sync=credential_sync,
        agent_id="aws-prod-finance",
        server_host="acme.getcollate.io",
        monitoring=RunnerMonitoring.none(),
        namespace=RunnerNamespace.create("collate-finance"),
        pod_disruption_budget=PodDisruptionBudgetOptions(min_available=1),
        argo_workflows=ArgoWorkflows.existing(endpoint="argo-workflows-server.argo.svc:2746"),
    )


def older_generation(stack: Stack) -> None:
    """A cluster of the older module with two runners: IAM roles for service accounts, a chart that travels with the app."""
    cluster = eks.Cluster.from_cluster_attributes(
        stack, "Cluster",
        cluster_name="warehouse",
        kubectl_role_arn="arn:aws:iam::111122223333:role/kubectl",
        kubectl_layer=lambda_.LayerVersion.from_layer_version_arn(stack, "KubectlLayer", KUBECTL_LAYER),
        open_id_connect_provider=iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(
            stack, "Provider",
            "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF",
        ),
    )
    runner_cluster = RunnerCluster.from_eks(
        cluster, access_entry=False, function_placement=FunctionPlacement.like_kubectl()
    )
    credential_sync = CredentialSync(
        stack, "CredentialSync",
        cluster=runner_cluster,
        role=iam.Role.from_role_arn(stack, "SyncRole", "arn:aws:iam::111122223333:role/credential-sync"),
    )
    auth_token = Secret.from_secret_name_v2(stack, "Token", "collate/runner-token")
    images = RunnerImages.from_collate_registry(
        Secret.from_secret_name_v2(stack, "RegistryKeys", "collate/registry-keys")
    )
    runner = HybridRunner(
        stack, "Runner",
        cluster=runner_cluster,
        credential_sync=credential_sync,
        auth_token=auth_token,
        images=images,
        agent_id="aws-warehouse",
        server_host="acme.getcollate.io",
        secrets_store=SecretsStore.kubernetes(),
        identity=IngestionIdentity.irsa(permissions_boundary=boundary(stack)),
        chart_source=ChartSource.asset(
            Asset(stack, "Chart", path="../chart/hybrid-ingestion-runner.tgz"),
            digest="244ec0cb2073dccb645b261c5b2a0236a482b7bb5d883cb5fc24da1912c9e51a",
        ),
    )
    HybridRunner(
        stack, "FinanceRunner",
        cluster=runner_cluster,
        credential_sync=credential_sync,
        auth_token=auth_token,
        images=images,
        agent_id="aws-warehouse-finance",
        server_host="acme.getcollate.io",
        namespace=RunnerNamespace.create("collate-finance"),
        identity=IngestionIdentity.irsa(
            role=iam.Role.from_role_arn(stack, "FinanceRole", "arn:aws:iam::111122223333:role/finance-ingestion")
        ),
        argo_workflows=ArgoWorkflows.none(),
    )
    password_field = runner.add_connector_secret(
        "redshift", Secret.from_secret_name_v2(stack, "Redshift", "data/redshift"), field="password"
    )
    CfnOutput(stack, "PasswordField", value=password_field)
    iam.Grant.add_to_principal(grantee=runner, actions=["s3:GetObject"], resource_arns=["arn:aws:s3:::lake/*"])
    CfnOutput(stack, "Group", value=runner.credential_sync.kubernetes_group)
    CfnOutput(stack, "IngestionRole", value=runner.ingestion_role.role_arn)


def boundary(stack: Stack) -> iam.IManagedPolicy:
    """The policy that an organization sets as the limit of all roles."""
    return iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "developer-boundary")


def refuse_period(stack: Stack, cluster: eks_v2.ICluster) -> None:
    """What a value gets that cannot work: an error that says what to change."""
    try:
        HybridRunner(
            stack, "Refused",
            cluster=RunnerCluster.from_eks_v2(cluster),
            agent_id="aws-prod-refused",
            server_host="acme.getcollate.io",
            auth_token=Secret.from_secret_name_v2(stack, "RefusedToken", "collate/runner-token"),
            images=RunnerImages.from_collate_registry(
                Secret.from_secret_name_v2(stack, "RefusedKeys", "collate/registry-keys")
            ),
            renewal_period=Duration.hours(5),
        )
    except RuntimeError as error:
        print(f"refused: {error}")
    stack.node.try_remove_child("Refused")


app = App()
owned_cluster(Stack(app, "OwnedCluster"))
imported_cluster(Stack(app, "ImportedCluster"))
older_generation(Stack(app, "OlderGeneration"))
app.synth()
