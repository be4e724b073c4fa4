package com.acme.data;

import io.github.cdkcollate.hybridrunner.ArgoWorkflows;
import io.github.cdkcollate.hybridrunner.AwsSecretsManagerOptions;
import io.github.cdkcollate.hybridrunner.ChartAssetOptions;
import io.github.cdkcollate.hybridrunner.ChartSource;
import io.github.cdkcollate.hybridrunner.CollateRegistryOptions;
import io.github.cdkcollate.hybridrunner.ConnectorSecretOptions;
import io.github.cdkcollate.hybridrunner.ContainerResources;
import io.github.cdkcollate.hybridrunner.CreateNamespaceOptions;
import io.github.cdkcollate.hybridrunner.CredentialSync;
import io.github.cdkcollate.hybridrunner.ExistingArgoWorkflowsOptions;
import io.github.cdkcollate.hybridrunner.FunctionPlacement;
import io.github.cdkcollate.hybridrunner.GrafanaDashboardOptions;
import io.github.cdkcollate.hybridrunner.HybridRunner;
import io.github.cdkcollate.hybridrunner.InVpcOptions;
import io.github.cdkcollate.hybridrunner.IngestionIdentity;
import io.github.cdkcollate.hybridrunner.InstallArgoWorkflowsOptions;
import io.github.cdkcollate.hybridrunner.IrsaOptions;
import io.github.cdkcollate.hybridrunner.MirrorOptions;
import io.github.cdkcollate.hybridrunner.PodDisruptionBudgetOptions;
import io.github.cdkcollate.hybridrunner.PodIdentityOptions;
import io.github.cdkcollate.hybridrunner.PrometheusRulesOptions;
import io.github.cdkcollate.hybridrunner.ResourceQuantities;
import io.github.cdkcollate.hybridrunner.RunnerCluster;
import io.github.cdkcollate.hybridrunner.RunnerClusterOptions;
import io.github.cdkcollate.hybridrunner.RunnerImages;
import io.github.cdkcollate.hybridrunner.RunnerMonitoring;
import io.github.cdkcollate.hybridrunner.RunnerMonitoringOptions;
import io.github.cdkcollate.hybridrunner.RunnerNamespace;
import io.github.cdkcollate.hybridrunner.SecretsStore;
import io.github.cdkcollate.hybridrunner.ServiceMonitorOptions;
import io.github.cdkcollate.hybridrunner.Toleration;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.CreateAlarmOptions;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.eks_v2.Cluster;
import software.amazon.awscdk.services.eks_v2.ClusterAttributes;
import software.amazon.awscdk.services.eks_v2.ICluster;
import software.amazon.awscdk.services.eks_v2.KubectlProvider;
import software.amazon.awscdk.services.eks_v2.KubectlProviderAttributes;
import software.amazon.awscdk.services.eks_v2.KubectlProviderOptions;
import software.amazon.awscdk.services.eks_v2.KubernetesVersion;
import software.amazon.awscdk.services.iam.Grant;
import software.amazon.awscdk.services.iam.GrantOnPrincipalOptions;
import software.amazon.awscdk.services.iam.IManagedPolicy;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.amazon.awscdk.services.iam.OpenIdConnectProvider;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.LayerVersion;
import software.amazon.awscdk.services.lambda.Tracing;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.amazon.awscdk.services.s3.assets.Asset;
import software.amazon.awscdk.services.secretsmanager.ISecret;
import software.amazon.awscdk.services.secretsmanager.Secret;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;

/** Every choice there is, spread over five runners; one of them would not do in practice. */
public class EveryChoice {
    private static final String KUBECTL_LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:kubectl:1";

    public static void main(String[] arguments) {
        App app = new App();
        ownedCluster(new Stack(app, "OwnedCluster"));
        importedCluster(new Stack(app, "ImportedCluster"));
        olderGeneration(new Stack(app, "OlderGeneration"));
        app.synth();
    }

    /** A cluster of this app, the vendor's images, AWS Secrets Manager, Pod Identity, and all settings of pods. */
    private static void ownedCluster(Stack stack) {
        Vpc vpc = Vpc.Builder.create(stack, "Vpc").maxAzs(2).build();
        Cluster cluster = Cluster.Builder.create(stack, "Cluster")
            .version(KubernetesVersion.V1_33)
            .vpc(vpc)
            .kubectlProviderOptions(KubectlProviderOptions.builder()
                .kubectlLayer(LayerVersion.fromLayerVersionArn(stack, "KubectlLayer", KUBECTL_LAYER))
                .build())
            .build();
        Key key = new Key(stack, "Key");
        SnsAction notify = new SnsAction(new Topic(stack, "Alarms"));
        HybridRunner runner = HybridRunner.Builder.create(stack, "Runner")
            .cluster(RunnerCluster.fromEksV2(cluster, RunnerClusterOptions.builder()
                .functionPlacement(FunctionPlacement.inVpc(InVpcOptions.builder()
                    .vpc(vpc)
                    .subnets(SubnetSelection.builder().subnetType(SubnetType.PRIVATE_WITH_EGRESS).build())
                    .securityGroups(List.of(SecurityGroup.Builder.create(stack, "SyncSecurityGroup").vpc(vpc).build()))
                    .build()))
                .build()))
            .agentId("aws-prod")
            .serverHost("acme.getcollate.io")
            .authToken(Secret.fromSecretNameV2(stack, "Token", "collate/runner-token"))
            .authTokenField("jwt")
            .images(RunnerImages.fromCollateRegistry(
                Secret.fromSecretNameV2(stack, "RegistryKeys", "collate/registry-keys"),
                CollateRegistryOptions.builder()
                    .registryAccount("444455556666")
                    .registryRegion("us-east-1")
                    .runnerTag("1.13.3")
                    .ingestionTag("om-1.13.3")
                    .build()))
            .secretsStore(SecretsStore.awsSecretsManager(AwsSecretsManagerOptions.builder()
                .pathPrefix("/data")
                .encryptionKeys(List.of(key))
                .build()))
            .identity(IngestionIdentity.podIdentity(PodIdentityOptions.builder()
                .installAgent(true)
                .permissionsBoundary(boundary(stack))
                .build()))
            .argoWorkflows(ArgoWorkflows.install(InstallArgoWorkflowsOptions.builder().namespace("argo").build()))
            .namespace(RunnerNamespace.create("collate", CreateNamespaceOptions.builder()
                .removalPolicy(RemovalPolicy.DESTROY)
                .build()))
            .releaseName("collate")
            .chartVersion("1.12.14")
            .chartSource(ChartSource.repository("https://charts.example.com"))
            .renewalPeriod(Duration.hours(1))
            .renewOnSecretChange(true)
            .monitoring(RunnerMonitoring.of(RunnerMonitoringOptions.builder()
                .interval(Duration.minutes(10))
                .alarmActions(List.of(notify))
                .okActions(List.of(notify))
                .compositeAlarmActions(List.of(notify))
                .dashboard(true)
                .build()))
            .replicas(1)
            .runnerResources(ContainerResources.builder()
                .requests(ResourceQuantities.builder().cpu("500m").memory("500Mi").build())
                .limits(ResourceQuantities.builder().cpu("1").memory("1Gi").build())
                .build())
            .ingestionResources(ContainerResources.builder()
                .requests(ResourceQuantities.builder().memory("8Gi").build())
                .limits(ResourceQuantities.builder().memory("8Gi").build())
                .build())
            .nodeSelector(Map.of("kubernetes.io/os", "linux"))
            .tolerations(List.of(Toleration.builder()
                .key("dedicated")
                .operator("Equal")
                .value("data")
                .effect("NoExecute")
                .duration(Duration.minutes(5))
                .build()))
            .affinity(Map.of("nodeAffinity", Map.of(
                "preferredDuringSchedulingIgnoredDuringExecution", List.of(Map.of("weight", 1, "preference", Map.of())))))
            .podDisruptionBudget(PodDisruptionBudgetOptions.builder().maxUnavailable(1).build())
            .podAnnotations(Map.of("team", "data"))
            .commonLabels(Map.of("team", "data"))
            .ingestionEnvironment(Map.of("HTTPS_PROXY", "http://proxy.acme.io:3128"))
            .ingestionWorkflowParams(Map.of("tolerations", List.of(Map.of("key", "dedicated", "operator", "Exists"))))
            .ingestionContainerParams(Map.of("env", List.of(Map.of("name", "LOG_LEVEL", "value", "DEBUG"))))
            .serviceMonitor(ServiceMonitorOptions.builder()
                .interval(Duration.minutes(1))
                .labels(Map.of("release", "prometheus"))
                .annotations(Map.of("team", "data"))
                .build())
            .prometheusRules(PrometheusRulesOptions.builder()
                .extraRules(List.of(Map.of("alert", "RunnerDown", "expr", "up == 0", "for", "5m")))
                .build())
            .grafanaDashboard(GrafanaDashboardOptions.builder()
                .namespace("grafana")
                .folderName("Data")
                .instanceSelector(Map.of("dashboards", "data"))
                .labels(Map.of("team", "data"))
                .allowCrossNamespaceImport(true)
                .build())
            .values(Map.of(
                "config", Map.of("reconnectDelaySeconds", "10"),
                "podSecurityContext", Map.of("runAsNonRoot", true, "runAsUser", 1000),
                "sidecars", List.of()))
            .timeout(Duration.minutes(5))
            .atomic(true)
            .wait(true)
            .reapply("2026-11-25")
            .removalPolicy(RemovalPolicy.RETAIN)
            .build();

        ISecret password = Secret.fromSecretNameV2(stack, "Password", "/elsewhere/redshift-password");
        runner.grantSecretRead(password);
        output(stack, "PasswordField", runner.secretReference(password));
        output(stack, "RenewCommand", runner.getRenewCommand());
        output(stack, "StatusCommand", runner.getStatusCommand());
        output(stack, "AnyAlarm", runner.getCompositeAlarm().getAlarmName());
        output(stack, "ChartPin", HybridRunner.CHART_VERSION);
        output(stack, "Names", String.join(" ", runner.getNamespaceName(), runner.getReleaseName(), runner.getServiceAccountName()));
        runner.metricSyncSucceeded(MetricOptions.builder().period(Duration.hours(4)).build())
            .createAlarm(stack, "NotRenewed", CreateAlarmOptions.builder()
                .threshold(1)
                .comparisonOperator(ComparisonOperator.LESS_THAN_THRESHOLD)
                .evaluationPeriods(1)
                .treatMissingData(TreatMissingData.BREACHING)
                .build());
        runner.metricSyncFailures()
            .createAlarm(stack, "Failing", CreateAlarmOptions.builder().threshold(3).evaluationPeriods(1).build());
        runner.metricSyncDuration()
            .createAlarm(stack, "Slow", CreateAlarmOptions.builder().threshold(30).evaluationPeriods(3).build());
        runner.metricChecksFailed()
            .createAlarm(stack, "ChecksFailing", CreateAlarmOptions.builder().threshold(1).evaluationPeriods(1).build());
        runner.metricRunnerConnected()
            .createAlarm(stack, "Disconnected", CreateAlarmOptions.builder()
                .threshold(1)
                .comparisonOperator(ComparisonOperator.LESS_THAN_THRESHOLD)
                .evaluationPeriods(1)
                .build());
        runner.metricSecondsToExpiry()
            .createAlarm(stack, "Expiring", CreateAlarmOptions.builder()
                .threshold(Duration.hours(2).toSeconds())
                .comparisonOperator(ComparisonOperator.LESS_THAN_THRESHOLD)
                .evaluationPeriods(1)
                .build());
        runner.metricJobs("failed")
            .createAlarm(stack, "JobsFailing", CreateAlarmOptions.builder().threshold(1).evaluationPeriods(1).build());
        output(stack, "SyncFunction", runner.getCredentialSync().getLambdaFunction().getFunctionName());
        output(stack, "SyncRole", runner.getCredentialSync().getRole().getRoleArn());
        output(stack, "DeadLetters", runner.getCredentialSync().getDeadLetterQueue().getQueueUrl());

        refusePeriod(stack, cluster);
    }

    /** An existing cluster with two runners that share the function: a mirror, roles that are there, given secrets. */
    private static void importedCluster(Stack stack) {
        RunnerCluster cluster = RunnerCluster.fromEksV2(
            Cluster.fromClusterAttributes(stack, "Cluster", ClusterAttributes.builder()
                .clusterName("data-platform")
                .kubectlProvider(KubectlProvider.fromKubectlProviderAttributes(stack, "Kubectl", KubectlProviderAttributes.builder()
                    .serviceToken("arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl")
                    .build()))
                .build()),
            RunnerClusterOptions.builder()
                .accessEntry(true)
                .kubernetesVersion("1.33")
                .functionPlacement(FunctionPlacement.outsideVpc())
                .build());
        ISecret authToken = Secret.fromSecretNameV2(stack, "Token", "collate/runner-token");
        RunnerImages images = RunnerImages.fromMirror(MirrorOptions.builder()
            .runnerRepository("111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/runner")
            .ingestionRepository("111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/ingestion")
            .runnerTag("1.13.3")
            .ingestionTag("1.13.3")
            .build());
        ISecret password = Secret.fromSecretNameV2(stack, "Password", "/data/redshift-password");
        CredentialSync credentialSync = CredentialSync.Builder.create(stack, "CredentialSync")
            .cluster(cluster)
            .encryptionKey(new Key(stack, "Key"))
            .permissionsBoundary(boundary(stack))
            .schedulerRole(Role.fromRoleArn(stack, "SchedulerRole", "arn:aws:iam::111122223333:role/scheduler"))
            .deadLetterQueue(new Queue(stack, "DeadLetters"))
            .reservedConcurrentExecutions(2)
            .logRetention(RetentionDays.ONE_WEEK)
            .tracing(Tracing.ACTIVE)
            .build();
        output(stack, "ClusterName", cluster.getClusterName());

        HybridRunner.Builder.create(stack, "Runner")
            .cluster(cluster)
            .authToken(authToken)
            .images(images)
            .agentId("aws-prod")
            .serverHost("acme.getcollate.io")
            .credentialSync(credentialSync)
            .secretsStore(SecretsStore.awsSecretsManager(AwsSecretsManagerOptions.builder()
                .secrets(List.of(password))
                .build()))
            .identity(IngestionIdentity.podIdentity(PodIdentityOptions.builder()
                .role(Role.fromRoleArn(stack, "IngestionRole", "arn:aws:iam::111122223333:role/ingestion"))
                .build()))
            .argoWorkflows(ArgoWorkflows.none())
            .namespace(RunnerNamespace.existing("collate"))
            .chartSource(ChartSource.oci("oci://111122223333.dkr.ecr.eu-central-1.amazonaws.com/hybrid-ingestion-runner"))
            .build();
        HybridRunner.Builder.create(stack, "FinanceRunner")
            .cluster(cluster)
            .authToken(authToken)
            .images(images)
            .credentialSync(credentialSync)
            .agentId("aws-prod-finance")
            .serverHost("acme.getcollate.io")
            .monitoring(RunnerMonitoring.none())
            .namespace(RunnerNamespace.create("collate-finance"))
            .podDisruptionBudget(PodDisruptionBudgetOptions.builder().minAvailable(1).build())
            .argoWorkflows(ArgoWorkflows.existing(ExistingArgoWorkflowsOptions.builder()
                .endpoint("argo-workflows-server.argo.svc:2746")
                .build()))
            .build();
    }

    /** A cluster of the older module with two runners: IAM roles for service accounts, a chart that travels with the app. */
    private static void olderGeneration(Stack stack) {
        software.amazon.awscdk.services.eks.ICluster cluster = software.amazon.awscdk.services.eks.Cluster.fromClusterAttributes(
            stack, "Cluster", software.amazon.awscdk.services.eks.ClusterAttributes.builder()
                .clusterName("warehouse")
                .kubectlRoleArn("arn:aws:iam::111122223333:role/kubectl")
                .kubectlLayer(LayerVersion.fromLayerVersionArn(stack, "KubectlLayer", KUBECTL_LAYER))
                .openIdConnectProvider(OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, "Provider",
                    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF"))
                .build());
        RunnerCluster runnerCluster = RunnerCluster.fromEks(cluster, RunnerClusterOptions.builder()
            .accessEntry(false)
            .functionPlacement(FunctionPlacement.likeKubectl())
            .build());
        CredentialSync credentialSync = CredentialSync.Builder.create(stack, "CredentialSync")
            .cluster(runnerCluster)
            .role(Role.fromRoleArn(stack, "SyncRole", "arn:aws:iam::111122223333:role/credential-sync"))
            .build();
        ISecret authToken = Secret.fromSecretNameV2(stack, "Token", "collate/runner-token");
        RunnerImages images = RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, "RegistryKeys", "collate/registry-keys"));
        HybridRunner runner = HybridRunner.Builder.create(stack, "Runner")
            .cluster(runnerCluster)
            .credentialSync(credentialSync)
            .authToken(authToken)
            .images(images)
            .agentId("aws-warehouse")
            .serverHost("acme.getcollate.io")
            .secretsStore(SecretsStore.kubernetes())
            .identity(IngestionIdentity.irsa(IrsaOptions.builder().permissionsBoundary(boundary(stack)).build()))
            .chartSource(ChartSource.asset(
                Asset.Builder.create(stack, "Chart").path("../chart/hybrid-ingestion-runner.tgz").build(),
                ChartAssetOptions.builder()
                    .digest("244ec0cb2073dccb645b261c5b2a0236a482b7bb5d883cb5fc24da1912c9e51a")
                    .build()))
            .build();
        HybridRunner.Builder.create(stack, "FinanceRunner")
            .cluster(runnerCluster)
            .credentialSync(credentialSync)
            .authToken(authToken)
            .images(images)
            .agentId("aws-warehouse-finance")
            .serverHost("acme.getcollate.io")
            .namespace(RunnerNamespace.create("collate-finance"))
            .identity(IngestionIdentity.irsa(IrsaOptions.builder()
                .role(Role.fromRoleArn(stack, "FinanceRole", "arn:aws:iam::111122223333:role/finance-ingestion"))
                .build()))
            .argoWorkflows(ArgoWorkflows.none())
            .build();
        output(stack, "PasswordField", runner.addConnectorSecret("redshift", Secret.fromSecretNameV2(stack, "Redshift", "data/redshift"),
            ConnectorSecretOptions.builder().field("password").build()));
        Grant.addToPrincipal(GrantOnPrincipalOptions.builder()
            .grantee(runner)
            .actions(List.of("s3:GetObject"))
            .resourceArns(List.of("arn:aws:s3:::lake/*"))
            .build());
        output(stack, "Group", runner.getCredentialSync().getKubernetesGroup());
        output(stack, "IngestionRole", runner.getIngestionRole().getRoleArn());
    }

    /** The policy that an organization sets as the limit of all roles. */
    private static IManagedPolicy boundary(Stack stack) {
        return ManagedPolicy.fromManagedPolicyName(stack, "Boundary", "developer-boundary");
    }

    /** What a value gets that cannot work: an error that says what to change. */
    private static void refusePeriod(Stack stack, ICluster cluster) {
        try {
            HybridRunner.Builder.create(stack, "Refused")
                .cluster(RunnerCluster.fromEksV2(cluster))
                .agentId("aws-prod-refused")
                .serverHost("acme.getcollate.io")
                .authToken(Secret.fromSecretNameV2(stack, "RefusedToken", "collate/runner-token"))
                .images(RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, "RefusedKeys", "collate/registry-keys")))
                .renewalPeriod(Duration.hours(5))
                .build();
        } catch (RuntimeException error) {
            // jsii puts the trace of the library behind the message.
            System.out.println("refused: " + error.getMessage().lines().findFirst().orElseThrow());
        }
        stack.getNode().tryRemoveChild("Refused");
    }

    private static void output(Stack stack, String id, String value) {
        CfnOutput.Builder.create(stack, id).value(value).build();
    }
}
