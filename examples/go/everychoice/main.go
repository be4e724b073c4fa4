// Every choice there is, spread over five runners; one of them would not do in practice.
package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseks"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseksv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	hybridrunner "github.com/cdk-collate/cdk-collate-hybrid-runner-go/cdkcollatehybridrunner"
)

const kubectlLayer = "arn:aws:lambda:eu-central-1:111122223333:layer:kubectl:1"

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	ownedCluster(awscdk.NewStack(app, jsii.String("OwnedCluster"), nil))
	importedCluster(awscdk.NewStack(app, jsii.String("ImportedCluster"), nil))
	olderGeneration(awscdk.NewStack(app, jsii.String("OlderGeneration"), nil))
	app.Synth(nil)
}

// A cluster of this app, the vendor's images, AWS Secrets Manager, Pod Identity, and all settings of pods.
func ownedCluster(stack awscdk.Stack) {
	vpc := awsec2.NewVpc(stack, jsii.String("Vpc"), &awsec2.VpcProps{MaxAzs: jsii.Number(2)})
	cluster := awseksv2.NewCluster(stack, jsii.String("Cluster"), &awseksv2.ClusterProps{
		Version: awseksv2.KubernetesVersion_V1_33(),
		Vpc:     vpc,
		KubectlProviderOptions: &awseksv2.KubectlProviderOptions{
			KubectlLayer: awslambda.LayerVersion_FromLayerVersionArn(stack, jsii.String("KubectlLayer"), jsii.String(kubectlLayer)),
		},
	})
	key := awskms.NewKey(stack, jsii.String("Key"), nil)
	notify := &[]awscloudwatch.IAlarmAction{awscloudwatchactions.NewSnsAction(awssns.NewTopic(stack, jsii.String("Alarms"), nil))}
	runner := hybridrunner.NewHybridRunner(stack, jsii.String("Runner"), &hybridrunner.HybridRunnerProps{
		Cluster: hybridrunner.RunnerCluster_FromEksV2(cluster, &hybridrunner.RunnerClusterOptions{
			FunctionPlacement: hybridrunner.FunctionPlacement_InVpc(&hybridrunner.InVpcOptions{
				Vpc:     vpc,
				Subnets: &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_WITH_EGRESS},
				SecurityGroups: &[]awsec2.ISecurityGroup{
					awsec2.NewSecurityGroup(stack, jsii.String("SyncSecurityGroup"), &awsec2.SecurityGroupProps{Vpc: vpc}),
				},
			}),
		}),
		AgentId:        jsii.String("aws-prod"),
		ServerHost:     jsii.String("acme.getcollate.io"),
		AuthToken:      secret(stack, "Token", "collate/runner-token"),
		AuthTokenField: jsii.String("jwt"),
		Images: hybridrunner.RunnerImages_FromCollateRegistry(secret(stack, "RegistryKeys", "collate/registry-keys"), &hybridrunner.CollateRegistryOptions{
			RegistryAccount: jsii.String("444455556666"),
			RegistryRegion:  jsii.String("us-east-1"),
			RunnerTag:       jsii.String("1.13.3"),
			IngestionTag:    jsii.String("om-1.13.3"),
		}),
		SecretsStore: hybridrunner.SecretsStore_AwsSecretsManager(&hybridrunner.AwsSecretsManagerOptions{
			PathPrefix:     jsii.String("/data"),
			EncryptionKeys: &[]awskms.IKey{key},
		}),
		Identity: hybridrunner.IngestionIdentity_PodIdentity(&hybridrunner.PodIdentityOptions{
			InstallAgent:        jsii.Bool(true),
			PermissionsBoundary: boundary(stack),
		}),
		ArgoWorkflows: hybridrunner.ArgoWorkflows_Install(&hybridrunner.InstallArgoWorkflowsOptions{Namespace: jsii.String("argo")}),
		Namespace: hybridrunner.RunnerNamespace_Create(jsii.String("collate"), &hybridrunner.CreateNamespaceOptions{
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		}),
		ReleaseName:         jsii.String("collate"),
		ChartVersion:        jsii.String("1.12.14"),
		ChartSource:         hybridrunner.ChartSource_Repository(jsii.String("https://charts.example.com")),
		RenewalPeriod:       awscdk.Duration_Hours(jsii.Number(1)),
		RenewOnSecretChange: jsii.Bool(true),
		Monitoring: hybridrunner.RunnerMonitoring_Of(&hybridrunner.RunnerMonitoringOptions{
			Interval:              awscdk.Duration_Minutes(jsii.Number(10)),
			AlarmActions:          notify,
			OkActions:             notify,
			CompositeAlarmActions: notify,
			Dashboard:             jsii.Bool(true),
		}),
		Replicas: jsii.Number(1),
		RunnerResources: &hybridrunner.ContainerResources{
			Requests: &hybridrunner.ResourceQuantities{Cpu: jsii.String("500m"), Memory: jsii.String("500Mi")},
			Limits:   &hybridrunner.ResourceQuantities{Cpu: jsii.String("1"), Memory: jsii.String("1Gi")},
		},
		IngestionResources: &hybridrunner.ContainerResources{
			Requests: &hybridrunner.ResourceQuantities{Memory: jsii.String("8Gi")},
			Limits:   &hybridrunner.ResourceQuantities{Memory: jsii.String("8Gi")},
		},
		NodeSelector: &map[string]*string{"kubernetes.io/os": jsii.String("linux")},
		Tolerations: &[]*hybridrunner.Toleration{{
			Key:      jsii.String("dedicated"),
			Operator: jsii.String("Equal"),
			Value:    jsii.String("data"),
			Effect:   jsii.String("NoExecute"),
			Duration: awscdk.Duration_Minutes(jsii.Number(5)),
		}},
		Affinity: &map[string]any{"nodeAffinity": map[string]any{
			"preferredDuringSchedulingIgnoredDuringExecution": []any{map[string]any{"weight": 1, "preference": map[string]any{}}},
		}},
		PodDisruptionBudget:  &hybridrunner.PodDisruptionBudgetOptions{MaxUnavailable: jsii.Number(1)},
		PodAnnotations:       &map[string]*string{"team": jsii.String("data")},
		CommonLabels:         &map[string]*string{"team": jsii.String("data")},
		IngestionEnvironment: &map[string]*string{"HTTPS_PROXY": jsii.String("http://proxy.acme.io:3128")},
		IngestionWorkflowParams: &map[string]any{
			"tolerations": []any{map[string]any{"key": "dedicated", "operator": "Exists"}},
		},
		IngestionContainerParams: &map[string]any{
			"env": []any{map[string]any{"name": "LOG_LEVEL", "value": "DEBUG"}},
		},
		ServiceMonitor: &hybridrunner.ServiceMonitorOptions{
			Interval:    awscdk.Duration_Minutes(jsii.Number(1)),
			Labels:      &map[string]*string{"release": jsii.String("prometheus")},
			Annotations: &map[string]*string{"team": jsii.String("data")},
		},
		PrometheusRules: &hybridrunner.PrometheusRulesOptions{
			ExtraRules: &[]*map[string]any{{"alert": "RunnerDown", "expr": "up == 0", "for": "5m"}},
		},
		GrafanaDashboard: &hybridrunner.GrafanaDashboardOptions{
			Namespace:                 jsii.String("grafana"),
			FolderName:                jsii.String("Data"),
			InstanceSelector:          &map[string]*string{"dashboards": jsii.String("data")},
			Labels:                    &map[string]*string{"team": jsii.String("data")},
			AllowCrossNamespaceImport: jsii.Bool(true),
		},
		Values: &map[string]any{
			"config":             map[string]any{"reconnectDelaySeconds": "10"},
			"podSecurityContext": map[string]any{"runAsNonRoot": true, "runAsUser": 1000},
			"sidecars":           []any{},
		},
		Timeout:       awscdk.Duration_Minutes(jsii.Number(5)),
		Atomic:        jsii.Bool(true),
		Wait:          jsii.Bool(true),
		Reapply:       jsii.String("2026-11-25"),
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})

	password := secret(stack, "Password", "/elsewhere/redshift-password")
	runner.GrantSecretRead(password)
	output(stack, "PasswordField", *runner.SecretReference(password))
	output(stack, "RenewCommand", *runner.RenewCommand())
	output(stack, "StatusCommand", *runner.StatusCommand())
	output(stack, "AnyAlarm", *runner.CompositeAlarm().AlarmName())
	output(stack, "ChartPin", *hybridrunner.HybridRunner_CHART_VERSION())
	output(stack, "Names", fmt.Sprintf("%s %s %s", *runner.NamespaceName(), *runner.ReleaseName(), *runner.ServiceAccountName()))
	runner.MetricSyncSucceeded(&awscloudwatch.MetricOptions{Period: awscdk.Duration_Hours(jsii.Number(4))}).
		CreateAlarm(stack, jsii.String("NotRenewed"), &awscloudwatch.CreateAlarmOptions{
			Threshold:          jsii.Number(1),
			ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
			EvaluationPeriods:  jsii.Number(1),
			TreatMissingData:   awscloudwatch.TreatMissingData_BREACHING,
		})
	runner.MetricSyncFailures(nil).
		CreateAlarm(stack, jsii.String("Failing"), &awscloudwatch.CreateAlarmOptions{Threshold: jsii.Number(3), EvaluationPeriods: jsii.Number(1)})
	runner.MetricSyncDuration(nil).
		CreateAlarm(stack, jsii.String("Slow"), &awscloudwatch.CreateAlarmOptions{Threshold: jsii.Number(30), EvaluationPeriods: jsii.Number(3)})
	runner.MetricChecksFailed(nil).
		CreateAlarm(stack, jsii.String("ChecksFailing"), &awscloudwatch.CreateAlarmOptions{Threshold: jsii.Number(1), EvaluationPeriods: jsii.Number(1)})
	runner.MetricRunnerConnected(nil).
		CreateAlarm(stack, jsii.String("Disconnected"), &awscloudwatch.CreateAlarmOptions{
			Threshold:          jsii.Number(1),
			ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
			EvaluationPeriods:  jsii.Number(1),
		})
	runner.MetricSecondsToExpiry(nil).
		CreateAlarm(stack, jsii.String("Expiring"), &awscloudwatch.CreateAlarmOptions{
			Threshold:          awscdk.Duration_Hours(jsii.Number(2)).ToSeconds(nil),
			ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
			EvaluationPeriods:  jsii.Number(1),
		})
	runner.MetricJobs(jsii.String("failed"), nil).
		CreateAlarm(stack, jsii.String("JobsFailing"), &awscloudwatch.CreateAlarmOptions{Threshold: jsii.Number(1), EvaluationPeriods: jsii.Number(1)})
	output(stack, "SyncFunction", *runner.CredentialSync().LambdaFunction().FunctionName())
	output(stack, "SyncRole", *runner.CredentialSync().Role().RoleArn())
	output(stack, "DeadLetters", *runner.CredentialSync().DeadLetterQueue().QueueUrl())

	refusePeriod(stack, cluster)
}

// An existing cluster with two runners that share the function: a mirror, roles that are there, given secrets.
func importedCluster(stack awscdk.Stack) {
	cluster := hybridrunner.RunnerCluster_FromEksV2(
		awseksv2.Cluster_FromClusterAttributes(stack, jsii.String("Cluster"), &awseksv2.ClusterAttributes{
			ClusterName: jsii.String("data-platform"),
			KubectlProvider: awseksv2.KubectlProvider_FromKubectlProviderAttributes(stack, jsii.String("Kubectl"), &awseksv2.KubectlProviderAttributes{
				ServiceToken: jsii.String("arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl"),
			}),
		}),
		&hybridrunner.RunnerClusterOptions{
			AccessEntry:       jsii.Bool(true),
			KubernetesVersion: jsii.String("1.33"),
			FunctionPlacement: hybridrunner.FunctionPlacement_OutsideVpc(),
		},
	)
	authToken := secret(stack, "Token", "collate/runner-token")
	images := hybridrunner.RunnerImages_FromMirror(&hybridrunner.MirrorOptions{
		RunnerRepository:    jsii.String("111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/runner"),
		IngestionRepository: jsii.String("111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/ingestion"),
		RunnerTag:           jsii.String("1.13.3"),
		IngestionTag:        jsii.String("1.13.3"),
	})
	password := secret(stack, "Password", "/data/redshift-password")
	credentialSync := hybridrunner.NewCredentialSync(stack, jsii.String("CredentialSync"), &hybridrunner.CredentialSyncProps{
		Cluster:                      cluster,
		EncryptionKey:                awskms.NewKey(stack, jsii.String("Key"), nil),
		PermissionsBoundary:          boundary(stack),
		SchedulerRole:                role(stack, "SchedulerRole", "scheduler"),
		DeadLetterQueue:              awssqs.NewQueue(stack, jsii.String("DeadLetters"), nil),
		ReservedConcurrentExecutions: jsii.Number(2),
		LogRetention:                 awslogs.RetentionDays_ONE_WEEK,
		Tracing:                      awslambda.Tracing_ACTIVE,
	})
	output(stack, "ClusterName", *cluster.ClusterName())

	hybridrunner.NewHybridRunner(stack, jsii.String("Runner"), &hybridrunner.HybridRunnerProps{
		Cluster:        cluster,
		AuthToken:      authToken,
		Images:         images,
		AgentId:        jsii.String("aws-prod"),
		ServerHost:     jsii.String("acme.getcollate.io"),
		CredentialSync: credentialSync,
		SecretsStore: hybridrunner.SecretsStore_AwsSecretsManager(&hybridrunner.AwsSecretsManagerOptions{
			Secrets: &[]awssecretsmanager.ISecret{password},
		}),
		Identity: hybridrunner.IngestionIdentity_PodIdentity(&hybridrunner.PodIdentityOptions{
			Role: role(stack, "IngestionRole", "ingestion"),
		}),
		ArgoWorkflows: hybridrunner.ArgoWorkflows_None(),
		Namespace:     hybridrunner.RunnerNamespace_Existing(jsii.String("collate")),
		ChartSource:   hybridrunner.ChartSource_Oci(jsii.String("oci://111122223333.dkr.ecr.eu-central-1.amazonaws.com/hybrid-ingestion-runner")),
	})
	hybridrunner.NewHybridRunner(stack, jsii.String("FinanceRunner"), &hybridrunner.HybridRunnerProps{
		Cluster:             cluster,
		AuthToken:           authToken,
		Images:              images,
		CredentialSync:      credentialSync,
		Monitoring:          hybridrunner.RunnerMonitoring_None(),
		AgentId:             jsii.String("aws-prod-finance"),
		ServerHost:          jsii.String("acme.getcollate.io"),
		Namespace:           hybridrunner.RunnerNamespace_Create(jsii.String("collate-finance"), nil),
		PodDisruptionBudget: &hybridrunner.PodDisruptionBudgetOptions{MinAvailable: jsii.Number(1)},
		ArgoWorkflows: hybridrunner.ArgoWorkflows_Existing(&hybridrunner.ExistingArgoWorkflowsOptions{
			Endpoint: jsii.String("argo-workflows-server.argo.svc:2746"),
		}),
	})
}

// A cluster of the older module with two runners: IAM roles for service accounts, a chart that travels with the app.
func olderGeneration(stack awscdk.Stack) {
	cluster := awseks.Cluster_FromClusterAttributes(stack, jsii.String("Cluster"), &awseks.ClusterAttributes{
		ClusterName:    jsii.String("warehouse"),
		KubectlRoleArn: jsii.String("arn:aws:iam::111122223333:role/kubectl"),
		KubectlLayer:   awslambda.LayerVersion_FromLayerVersionArn(stack, jsii.String("KubectlLayer"), jsii.String(kubectlLayer)),
		OpenIdConnectProvider: awsiam.OpenIdConnectProvider_FromOpenIdConnectProviderArn(stack, jsii.String("Provider"),
			jsii.String("arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF")),
	})
	runnerCluster := hybridrunner.RunnerCluster_FromEks(cluster, &hybridrunner.RunnerClusterOptions{
		AccessEntry:       jsii.Bool(false),
		FunctionPlacement: hybridrunner.FunctionPlacement_LikeKubectl(),
	})
	credentialSync := hybridrunner.NewCredentialSync(stack, jsii.String("CredentialSync"), &hybridrunner.CredentialSyncProps{
		Cluster: runnerCluster,
		Role:    role(stack, "SyncRole", "credential-sync"),
	})
	authToken := secret(stack, "Token", "collate/runner-token")
	images := hybridrunner.RunnerImages_FromCollateRegistry(secret(stack, "RegistryKeys", "collate/registry-keys"), nil)
	runner := hybridrunner.NewHybridRunner(stack, jsii.String("Runner"), &hybridrunner.HybridRunnerProps{
		Cluster:        runnerCluster,
		CredentialSync: credentialSync,
		AuthToken:      authToken,
		Images:         images,
		AgentId:        jsii.String("aws-warehouse"),
		ServerHost:     jsii.String("acme.getcollate.io"),
		SecretsStore:   hybridrunner.SecretsStore_Kubernetes(),
		Identity:       hybridrunner.IngestionIdentity_Irsa(&hybridrunner.IrsaOptions{PermissionsBoundary: boundary(stack)}),
		ChartSource: hybridrunner.ChartSource_Asset(awss3assets.NewAsset(stack, jsii.String("Chart"), &awss3assets.AssetProps{
			Path: jsii.String("../chart/hybrid-ingestion-runner.tgz"),
		}), &hybridrunner.ChartAssetOptions{
			Digest: jsii.String("244ec0cb2073dccb645b261c5b2a0236a482b7bb5d883cb5fc24da1912c9e51a"),
		}),
	})
	hybridrunner.NewHybridRunner(stack, jsii.String("FinanceRunner"), &hybridrunner.HybridRunnerProps{
		Cluster:        runnerCluster,
		CredentialSync: credentialSync,
		AuthToken:      authToken,
		Images:         images,
		AgentId:        jsii.String("aws-warehouse-finance"),
		ServerHost:     jsii.String("acme.getcollate.io"),
		Namespace:      hybridrunner.RunnerNamespace_Create(jsii.String("collate-finance"), nil),
		Identity:       hybridrunner.IngestionIdentity_Irsa(&hybridrunner.IrsaOptions{Role: role(stack, "FinanceRole", "finance-ingestion")}),
		ArgoWorkflows:  hybridrunner.ArgoWorkflows_None(),
	})
	output(stack, "PasswordField", *runner.AddConnectorSecret(jsii.String("redshift"), secret(stack, "Redshift", "data/redshift"),
		&hybridrunner.ConnectorSecretOptions{Field: jsii.String("password")}))
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee:      runner,
		Actions:      jsii.Strings("s3:GetObject"),
		ResourceArns: jsii.Strings("arn:aws:s3:::lake/*"),
	})
	output(stack, "Group", *runner.CredentialSync().KubernetesGroup())
	output(stack, "IngestionRole", *runner.IngestionRole().RoleArn())
}

// What a value gets that cannot work: an error that says what to change. In Go it comes as a panic.
func refusePeriod(stack awscdk.Stack, cluster awseksv2.ICluster) {
	defer func() {
		fmt.Printf("refused: %v\n", recover())
		stack.Node().TryRemoveChild(jsii.String("Refused"))
	}()
	hybridrunner.NewHybridRunner(stack, jsii.String("Refused"), &hybridrunner.HybridRunnerProps{
		Cluster:       hybridrunner.RunnerCluster_FromEksV2(cluster, nil),
		AgentId:       jsii.String("aws-prod-refused"),
		ServerHost:    jsii.String("acme.getcollate.io"),
		AuthToken:     secret(stack, "RefusedToken", "collate/runner-token"),
		Images:        hybridrunner.RunnerImages_FromCollateRegistry(secret(stack, "RefusedKeys", "collate/registry-keys"), nil),
		RenewalPeriod: awscdk.Duration_Hours(jsii.Number(5)),
	})
}

// The policy that an organization sets as the limit of all roles.
func boundary(stack awscdk.Stack) awsiam.IManagedPolicy {
	return awsiam.ManagedPolicy_FromManagedPolicyName(stack, jsii.String("Boundary"), jsii.String("developer-boundary"))
}

func role(stack awscdk.Stack, id string, name string) awsiam.IRole {
	return awsiam.Role_FromRoleArn(stack, jsii.String(id), jsii.String("arn:aws:iam::111122223333:role/"+name), nil)
}

func secret(stack awscdk.Stack, id string, name string) awssecretsmanager.ISecret {
	return awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String(id), jsii.String(name))
}

func output(stack awscdk.Stack, id string, value string) {
	awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{Value: jsii.String(value)})
}
